"""`make bench`: the portal against its limits, as ratios taken in one run on one machine."""
