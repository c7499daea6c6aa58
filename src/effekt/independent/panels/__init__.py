"""Second route for difference in differences, event studies and staggered adoption."""
