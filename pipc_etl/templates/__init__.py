"""Templates for whom they are: the registry, the plan in force and what is open, read from the warehouse and rendered."""
