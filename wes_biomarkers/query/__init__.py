"""Asking a cohort in SQL: its tables as read-only views, from Python, the command and the browser."""

from wes_biomarkers.query.database import CohortDatabase, Result, open_cohort

__all__ = ["CohortDatabase", "Result", "open_cohort"]
