"""What was answered to whom: one answer an arrival, and the letters that wait, went out or were kept back."""

from pipc_etl.warehouse.migrations import run_beside

revision = "003_answers"
down_revision = "002_build_relations"


def upgrade() -> None:
    run_beside(__file__)
