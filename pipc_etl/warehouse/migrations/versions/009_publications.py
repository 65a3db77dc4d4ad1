"""The register of publications: what was published, at which cut-off and as known when, figure by figure."""

from pipc_etl.warehouse.migrations import run_beside

revision = "009_publications"
down_revision = "008_file_states"


def upgrade() -> None:
    run_beside(__file__)
