"""Named biomarker definitions as data (TOML); read by `wes_biomarkers.io.definitions`."""
