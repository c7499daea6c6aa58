"""Second route for trend-adjusted comparisons."""
