"""Data of other systems as the tables a user gives us: one source a module, and what they share."""
