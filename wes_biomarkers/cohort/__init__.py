"""Cohort tables from result folders and clinical tables: frames in, frames out."""
