"""Which session a response of a form belongs to, where the code that it has written does not say so by itself."""

from pipc_etl.warehouse.migrations import run_beside

revision = "007_response_sessions"
down_revision = "005_event_codes"


def upgrade() -> None:
    run_beside(__file__)
