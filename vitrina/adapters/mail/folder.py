"""Mail that is not sent: a file for each, for whoever runs the shop without a mail server."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from .message import message_of
from .port import Mail, MailUnavailable, Way

SENDER = "shop@localhost"
MOST_KEPT = 1000
SWEPT_AFTER = 100  # mails: looking at all files takes longer than writing one


class MailFolder:
    """Writes `<name>.eml`, readable by the shop's own user only, and keeps the newest thousand or so."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = 0

    async def send(self, mail: Mail) -> None:
        data = message_of(mail, SENDER).as_bytes()
        try:
            await asyncio.to_thread(self._write, mail.name, data)
        except OSError as error:
            raise MailUnavailable(f"{self._path} cannot be written: {error.strerror}") from error

    async def check(self) -> Way:
        return Way(str(self._path.absolute()), None)

    def _write(self, name: str, data: bytes) -> None:
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        passing = self._path / f".{name}.{os.getpid()}"
        with open(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
        passing.replace(self._path / f"{name}.eml")
        self._written += 1
        if self._written % SWEPT_AFTER == 1:
            self._sweep()

    def _sweep(self) -> None:
        kept = sorted(self._path.glob("*.eml"), key=_age, reverse=True)
        for old in kept[MOST_KEPT:]:
            old.unlink(missing_ok=True)


def _age(path: Path) -> float:
    with suppress(FileNotFoundError):
        return path.stat().st_mtime
    return 0.0
