"""The codes that programmed sessions get before they happen: people paste them into forms, so a code once issued stays."""

from pipc_etl.warehouse.migrations import run_beside

revision = "005_event_codes"
down_revision = "004_obligations"


def upgrade() -> None:
    run_beside(__file__)
