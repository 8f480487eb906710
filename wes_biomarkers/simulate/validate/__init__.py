"""Results measured against the truth of a simulated trial: what was found, missed, invented."""
