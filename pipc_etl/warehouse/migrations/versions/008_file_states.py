"""A file has its verdict from the beginning; the only change afterwards is that another one takes the place of an accepted one."""

from pipc_etl.warehouse.migrations import run_beside

revision = "008_file_states"
down_revision = "007_response_sessions"


def upgrade() -> None:
    run_beside(__file__)
