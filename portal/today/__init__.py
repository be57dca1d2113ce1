"""The first page: what I must do now, in the order of its deadline, across all modules."""
