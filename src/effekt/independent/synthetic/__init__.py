"""Second route for synthetic control and synthetic difference-in-differences."""
