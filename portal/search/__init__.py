"""One box that understands numbers, names, initials and telephones; it reads from everywhere and writes nowhere."""
