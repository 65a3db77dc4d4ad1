"""Whether the installation is well: checks as data, alarms that do not flood, figures for a monitor, the story of one file."""
