"""A file of another server has no inode: what was seen of it is kept, so that fetched twice it is one arrival."""

from pipc_etl.warehouse.migrations import run_beside

revision = "013_remote_files"
down_revision = "012_source_roles"


def upgrade() -> None:
    run_beside(__file__)
