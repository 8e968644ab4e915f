"""The `vitrina` command line: `vitrina --help` lists every command."""

import sys

from rich.console import Console

from .commands import app

_errors = Console(stderr=True, soft_wrap=True)


def main() -> None:
    """Run a command; whatever goes wrong is a sentence, never a traceback."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if _expected(error):
            _errors.print(f"[bold red]vitrina:[/] {error}", highlight=False, markup=True)
            sys.exit(1)
        raise


def _expected(error: Exception) -> bool:
    """Whether the error's text says all that a person needs."""
    return type(error).__module__.startswith("vitrina.")
