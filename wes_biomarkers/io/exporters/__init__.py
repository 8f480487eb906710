"""Cohorts in the files of other systems, one system a module."""
