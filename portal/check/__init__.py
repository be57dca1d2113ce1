"""Check codes: whether a paper says what the portal says."""
