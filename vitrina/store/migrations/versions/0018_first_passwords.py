"""Passwords that somebody else chose, and that their owners have to replace."""

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    sql = Path(__file__).with_suffix(".sql").read_text()
    # The driver itself takes many statements at once, in the transaction that Alembic opened.
    op.get_bind().connection.run_async(lambda driver: driver.execute(sql))
