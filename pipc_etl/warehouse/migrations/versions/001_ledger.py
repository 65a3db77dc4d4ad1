"""The ledger of what arrived, what was found in it and what became of it."""

from pipc_etl.warehouse.migrations import run_beside

revision = "001_ledger"
down_revision = None


def upgrade() -> None:
    run_beside(__file__)
