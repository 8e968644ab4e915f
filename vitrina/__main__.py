"""`python -m vitrina` is the `vitrina` command."""

from .cli import main

main()
