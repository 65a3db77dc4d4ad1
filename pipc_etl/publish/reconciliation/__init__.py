"""Does a published number hold: which whole numbers print as a percent, and do the figures of a report agree with each other."""
