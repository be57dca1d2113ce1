"""Tickets: what somebody needs, from the first contact until they are satisfied."""
