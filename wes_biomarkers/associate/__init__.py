"""Analyses: a plan or a command's question, answered as rows of the association table."""
