"""Second route for payments: the contract file read anew, and settled in fractions."""
