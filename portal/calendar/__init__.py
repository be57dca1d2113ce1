"""The company calendar: what each day is, which hours departments work, and which years are announced."""
