"""Endpoints and trial statistics: pure functions."""
