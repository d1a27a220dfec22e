"""alembic's way in; `store/history/database.py` hands it the connection."""

from __future__ import annotations

from alembic import context

from store.residents.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
