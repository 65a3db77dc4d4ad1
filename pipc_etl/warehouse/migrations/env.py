"""What Alembic runs to apply migrations: on the connection, and in the transaction, that `upgrade_to_head` was given."""

from alembic import context

from pipc_etl.warehouse.migrations import SCHEMA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    version_table_schema=SCHEMA,
)
with context.begin_transaction():
    context.run_migrations()
