"""Second factors of operators and members."""

from datetime import datetime
from typing import Literal

import msgspec

from .database import Database

Role = Literal["operators", "members"]


class SecondFactor(msgspec.Struct, frozen=True):
    """Somebody's second factor: their app's secret, sealed; the last step used; digests of codes that are left."""

    secret: str
    last_step: int
    recovery: list[bytes]
    created_at: datetime
    password_hash: str


_WHO: dict[Role, str] = {
    "operators": "operators a",
    # Who may no longer log in has nothing to show a code for.
    "members": "(select * from members where deleted_at is null and 'log_in' = any(rights)) a",
}


class SecondFactorStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, role: Role, account_id: int, *, hold: bool = False) -> SecondFactor | None:
        """With `hold` nobody else uses it until the transaction ends."""
        row = await self._db.row(
            "select f.secret, f.last_step, f.recovery, f.created_at, a.password_hash"
            f" from second_factors f join {_WHO[role]} on a.id = f.account_id"
            f" where f.role = $1 and f.account_id = $2{' for update of f' if hold else ''}",
            role,
            account_id,
        )
        return SecondFactor(*row) if row else None

    async def add(
        self, role: Role, account_id: int, secret: str, step: int, recovery: list[bytes], now: datetime
    ) -> bool:
        """Whether there was none before."""
        return 0 < await self._db.execute(
            "insert into second_factors (role, account_id, secret, last_step, recovery, created_at)"
            " values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
            role,
            account_id,
            secret,
            step,
            recovery,
            now,
        )

    async def set_used(self, role: Role, account_id: int, last_step: int, recovery: list[bytes]) -> None:
        await self._db.execute(
            "update second_factors set last_step = $3, recovery = $4 where role = $1 and account_id = $2",
            role,
            account_id,
            last_step,
            recovery,
        )

    async def remove(self, role: Role, account_id: int) -> bool:
        """Whether there was one."""
        return 0 < await self._db.execute(
            "delete from second_factors where role = $1 and account_id = $2", role, account_id
        )
