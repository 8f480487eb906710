"""Every column and record: name, dtype, unit, allowed values, meaning. The single source of truth."""
