"""The suite: tests read like the rules and carry their numbers."""
