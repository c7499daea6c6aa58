"""Second route for matched, weighted and doubly robust comparisons."""
