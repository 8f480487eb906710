"""A patient-preference trial of any size straight as cohort tables, with known effects."""
