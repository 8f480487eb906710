"""The cohort browser: a read-only HTTP API over one cohort, and the pages that ask it."""
