"""`pipc backup`, `pipc backups`, `pipc restore`: the installation in a folder, and from one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pipc_etl.commands.console import err, out, progress_printer
from pipc_etl.settings import load_settings

app = typer.Typer(invoke_without_command=True, help="Back up the warehouse, Airflow, Superset, the archive, publications and secrets.")


@app.callback(invoke_without_command=True)
def backup(
    context: typer.Context,
    to: Annotated[Path | None, typer.Option(help="Another folder than PIPC_BACKUPS; nothing is pruned there.")] = None,
    keep_all: Annotated[bool, typer.Option("--keep-all", help="Do not remove the backups that have served their term.")] = False,
) -> None:
    """Back up the warehouse, Airflow, Superset, the archive, publications and secrets; loads and dashboards go on meanwhile."""
    if context.invoked_subcommand is not None:
        return
    from pipc_etl.backup.making import back_up
    from pipc_etl.backup.pruning import prune, read_keep

    settings = load_settings()
    keep = read_keep(settings.backup_keep)
    made = back_up(settings, to=to, progress=progress_printer())
    out.print(str(made), markup=False)
    if to is None and not keep_all:
        for path in prune(settings.backup_folder, keep):
            out.print(f"pruned {path.name}", markup=False)


@app.command()
def verify(
    path: Annotated[Path, typer.Argument(help="The folder of a backup.")],
    identity: Annotated[Path | None, typer.Option(help="File with the age secret key: its contents are read through too.")] = None,
) -> None:
    """Compare every byte with what was written; with the key (or of a backup in clear) also read every dump and folder through."""
    from pipc_etl.backup.sealing import Opener, read_identities
    from pipc_etl.backup.verifying import check_bytes, check_contents

    step = progress_printer()
    opener = Opener(read_identities(identity) if identity else ())
    manifest = check_bytes(path, step)
    if manifest.recipient is None or identity is not None:
        check_contents(path, opener, step)
        out.print(f"{manifest.name} is whole and can be read")
    else:
        out.print(f"{manifest.name} is whole; it is encrypted: --identity FILE reads it through")


@app.command("new-key")
def new_key(path: Annotated[Path, typer.Argument(help="Where the secret key is written; keep it away from this machine.")]) -> None:
    """Make an age key pair: the public key for PIPC_BACKUP_KEY is printed, the secret one written to a file that restores need."""
    from pipc_etl.backup.sealing import make_identity

    out.print(f"PIPC_BACKUP_KEY={make_identity(path)}", markup=False)
    err.print(f"The secret key is in {path}: take it to another place. Without it no backup can be read again.", markup=False)


def backups(folder: Annotated[Path | None, typer.Argument(help="Another folder than PIPC_BACKUPS.")] = None) -> None:
    """The backups there are, the newest first; exit code 1 if there is none or one is damaged."""
    from pipc_etl.backup.layout import backups_in, damaged_in

    place = folder or load_settings().backup_folder
    found, damaged = backups_in(place), damaged_in(place)
    table = Table(box=None, header_style="bold")
    for heading in ("backup", "rows", "files", "MB", "seconds", "encrypted", "warnings"):
        table.add_column(heading, justify="left" if heading == "backup" else "right")
    for path, manifest in found:
        rows = sum(sum(database.counts.values()) for database in manifest.databases.values())
        numbers = (f"{rows:,}", f"{len(manifest.files):,}", f"{manifest.size_bytes / 1e6:,.1f}", f"{manifest.seconds:.1f}")
        table.add_row(path.name, *numbers, "yes" if manifest.recipient else "NO", str(len(manifest.warnings)))
    if found:
        out.print(table)
    for _, reason in damaged:
        err.print(reason, style="red", markup=False)
    if not found:
        out.print(f"no backup in {place}: pipc backup makes one", markup=False)
    if damaged or not found:
        raise typer.Exit(1)


def restore(
    path: Annotated[Path, typer.Argument(help="The folder of a backup.")],
    identity: Annotated[Path | None, typer.Option(help="File with the age secret key of an encrypted backup.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of an installation that has data, which is lost.")] = False,
    erasures: Annotated[
        list[Path] | None, typer.Option(help="Another erasures.jsonl than the one beside the backup and the one below PIPC_HOME.")
    ] = None,
) -> None:
    """Put a backup into this installation: into an empty one, or with --replace in the place of what is there."""
    from pipc_etl.backup.layout import BackupError
    from pipc_etl.backup.restoring import restore as put_back
    from pipc_etl.dashboards import server
    from pipc_etl.orchestration import services

    settings = load_settings()
    running = [name for name, pid in {**services.status(settings), **server.status(settings)}.items() if pid]
    if running:
        raise BackupError(f"{', '.join(running)} still run: `pipc down` first")
    lists = tuple(erasures or ())
    if missing := [path for path in lists if not path.is_file()]:
        raise BackupError(f"there is no {missing[0]}")
    done = put_back(settings, path, identity=identity, replace_present=replace, erasure_lists=lists, progress=progress_printer())
    out.print(f"{done.manifest.name} is in place", markup=False)
    if done.replaced:
        out.print(f"gone: {done.replaced}", markup=False)
    for entry in done.erased_again:
        out.print(f"erased again, since the backup did not know it: {entry.request}", markup=False)
    out.print("then: pipc up; pipc dashboards push; pipc figures", markup=False)
