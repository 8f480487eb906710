"""One biomarker a module: pure functions, arrays and frames in, records out."""
