"""A certificate beside those before it: what they paid, declared and left to be settled."""
