"""Of a percent, a source tells what was counted from what it is of; and whose file it is, since several dependencies name theirs alike."""

from pipc_etl.warehouse.migrations import run_beside

revision = "012_source_roles"
down_revision = "011_erasure"


def upgrade() -> None:
    run_beside(__file__)
