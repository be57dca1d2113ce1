"""Lists that staff rule: kinds of tickets, which department answers for which type, and phrases."""
