"""The reading of files that somebody else's program wrote: it happens in a process of its own, which may crash."""
