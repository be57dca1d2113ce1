"""Readers of what was kept: the journal and the security log. Nothing is changed here."""
