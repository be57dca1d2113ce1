"""Training: courses and who must take them, sessions with what came of them, newcomers, the plan of each week."""
