"""Charts of the cohort tables."""
