"""The shop's secret: VITRINA_SECRET, else the file `secret` in the data folder, readable by its owner only."""

import os
import secrets
from contextlib import suppress

from .settings import Settings


def find_secret(settings: Settings) -> str | None:
    """The secret, if there is one."""
    if settings.secret:
        return settings.secret
    try:
        return (settings.data / "secret").read_text().strip()
    except FileNotFoundError:
        return None


def keep_secret(settings: Settings, secret: str) -> None:
    """Write the secret into the data folder, unless there is one already."""
    settings.data.mkdir(parents=True, exist_ok=True)
    path = settings.data / "secret"
    passing = path.with_name(f".secret-{secrets.token_hex(8)}")
    with open(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    # A link, not a rename: whoever comes first wins, and the other reads the winner's.
    with suppress(FileExistsError):
        os.link(passing, path)
    passing.unlink()
