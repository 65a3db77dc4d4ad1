"""Persons who asked to be forgotten, what was done about it, and what is kept no longer than it may be."""

from pipc_etl.warehouse.migrations import run_beside

revision = "011_erasure"
down_revision = "010_open_data"


def upgrade() -> None:
    run_beside(__file__)
