"""Options and commands of tasks beside plain code."""
