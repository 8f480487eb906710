"""The cohort browser: HTTP API and page."""
