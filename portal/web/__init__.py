"""Words that every page shares: no feature."""
