"""Composes a report from the marts as of a cut-off and a moment: every figure with its words, its numbers and its cells."""
