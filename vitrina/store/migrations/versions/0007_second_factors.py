"""Second factors of operators and members, and when sessions were last used."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    sql = Path(__file__).with_suffix(".sql").read_text()
    # The driver itself takes many statements at once, in the transaction that Alembic opened.
    op.get_bind().connection.run_async(lambda driver: driver.execute(sql))
