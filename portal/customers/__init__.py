"""Who rings, writes and comes by: found again, never typed twice; and who came to the door."""
