"""The `vitrina` command line: `vitrina --help` lists every command."""

import sys

from rich.console import Console
from rich.text import Text

from .commands import app, load_all

_errors = Console(stderr=True, soft_wrap=True)


def main() -> None:
    """Run a command; whatever goes wrong is a sentence, never a traceback."""
    try:
        if sys.argv[1:] in ([], ["--help"], ["-h"]):
            load_all()
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("vitrina"):
            raise
        cure = f"this command needs the server's libraries ({missing.name} is not there): pip install 'vitrina[server]'"
        _errors.print(Text.assemble(("vitrina: ", "bold red"), cure))
        sys.exit(1)
    except Exception as error:
        if _expected(error):
            _errors.print(Text.assemble(("vitrina: ", "bold red"), str(error)))
            sys.exit(1)
        raise


def _expected(error: Exception) -> bool:
    """Whether the error's text says all that a person needs."""
    return type(error).__module__.startswith("vitrina.")
