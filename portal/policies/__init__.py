"""Manuals, their versions and clauses, and what code may ask them: the answer is that of the day of the fact."""
