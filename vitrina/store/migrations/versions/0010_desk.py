"""The operator's desk: sellers who are shut out, authors barred for a group, and what operators look for."""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    sql = Path(__file__).with_suffix(".sql").read_text()
    # The driver itself takes many statements at once, in the transaction that Alembic opened.
    op.get_bind().connection.run_async(lambda driver: driver.execute(sql))
