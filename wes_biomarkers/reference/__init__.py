"""Making and verifying reference bundles."""
