"""Network addresses of buyers leave the events that sellers read."""

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    sql = Path(__file__).with_suffix(".sql").read_text()
    # The driver itself takes many statements at once, in the transaction that Alembic opened.
    op.get_bind().connection.run_async(lambda driver: driver.execute(sql))
