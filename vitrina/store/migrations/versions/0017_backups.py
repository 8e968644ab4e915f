"""What the shop knows of its own backups."""

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    sql = Path(__file__).with_suffix(".sql").read_text()
    # The driver itself takes many statements at once, in the transaction that Alembic opened.
    op.get_bind().connection.run_async(lambda driver: driver.execute(sql))
