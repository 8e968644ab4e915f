"""`python -m vitrina` is the `vitrina` command."""

from .cli import main

if __name__ == "__main__":
    main()
