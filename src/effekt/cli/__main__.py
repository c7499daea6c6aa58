"""`python -m effekt.cli`."""

from effekt.cli import main

main()
