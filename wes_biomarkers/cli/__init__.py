"""One file a command: the command adapts, the package computes."""
