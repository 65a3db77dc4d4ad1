"""What the sender of a file gets back: the file itself with its cells marked, and the letter that goes with it."""
