"""What leaves the warehouse for people: the figures of the reports, held against what was published."""
