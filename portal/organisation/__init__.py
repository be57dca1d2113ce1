"""People, departments, posts and ranks, roles, pay base; signing in."""
