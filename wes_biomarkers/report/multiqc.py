"""A section of the cohort for MultiQC."""
