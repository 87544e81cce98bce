"""Alembic's entry: runs the migrations on the connection that ``loaders.migrate`` hands over."""

from alembic import context

from loaders.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
