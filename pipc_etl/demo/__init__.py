"""The reconstruction in `samples/` as the files that dependencies and forms would have sent."""
