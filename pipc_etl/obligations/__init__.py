"""What dependencies owe and when, what the planning office decides about it, and who is reminded of it."""
