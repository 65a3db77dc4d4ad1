"""The open-data package of a publication, and the proof that nobody can compute from it what it suppresses."""
