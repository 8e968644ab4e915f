"""Alembic's entry: runs on the connection that `store.migrate` opened, in its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=None)
context.run_migrations()
