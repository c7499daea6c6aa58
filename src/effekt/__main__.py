"""``python -m effekt``: the command line."""

from effekt.cli import main

if __name__ == "__main__":
    main()
