"""What people change of their own accounts, of whichever kind these are."""

import msgspec

from .database import Database
from .sellers import Holder


class Credentials(msgspec.Struct, frozen=True):
    """How somebody logs in."""

    email: str
    name: str
    password_hash: str


_NAMES: dict[Holder, str] = {"sellers": "name", "buyers": "name", "operators": "name", "members": "username"}


class OwnAccountStore:
    """The table is chosen by role, never by input."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, role: Holder, account_id: int, *, hold: bool = False) -> Credentials | None:
        """With `hold` it does not change until the transaction ends."""
        row = await self._db.row(
            f"select email, {_NAMES[role]}, password_hash from {role} where id = $1"
            f"{' and deleted_at is null' if role == 'members' else ''}{' for update' if hold else ''}",
            account_id,
        )
        return Credentials(*row) if row else None

    async def set_password(self, role: Holder, account_id: int, password_hash: str) -> None:
        await self._db.execute(
            f"update {role} set password_hash = $2, must_change_password = false where id = $1",
            account_id,
            password_hash,
        )
