"""The installation's secrets: which there are, what for, and how each gets a new value."""
