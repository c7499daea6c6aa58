"""Second route for randomised trials, counts and published aggregates."""
