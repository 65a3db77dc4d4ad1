"""What the open data of each publication says of persons, so that the next one is checked against all of them together."""

from pipc_etl.warehouse.migrations import run_beside

revision = "010_open_data"
down_revision = "009_publications"


def upgrade() -> None:
    run_beside(__file__)
