"""What can be said of a contract file before there are data, and what is refused of it."""
