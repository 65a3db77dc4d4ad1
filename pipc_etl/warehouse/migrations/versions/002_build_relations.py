"""What each build did to each mart, and the builds that did not end: the dashboards show both."""

from pipc_etl.warehouse.migrations import run_beside

revision = "002_build_relations"
down_revision = "001_ledger"


def upgrade() -> None:
    run_beside(__file__)
