"""A contract's analyses as calls on its tables, and what is asked of the tables before anything is computed."""
