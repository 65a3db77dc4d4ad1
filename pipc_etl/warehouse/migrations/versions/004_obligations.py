"""What the planning office decides about what a dependency owes."""

from pipc_etl.warehouse.migrations import run_beside

revision = "004_obligations"
down_revision = "003_answers"


def upgrade() -> None:
    run_beside(__file__)
