"""The truth-known trial: invented genome, patients, tumours, reads and clinical tables, from one seed."""
