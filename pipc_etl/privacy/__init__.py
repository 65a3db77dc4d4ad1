"""Erasure of a person's data, and what is kept no longer than it may be (definitions.md, «Erasure»)."""
