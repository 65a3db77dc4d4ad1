"""`pipc privacy erase|list`: erase a person's data when they ask for it, and the record of what was erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipc_etl.commands.console import err, out, progress_printer
from pipc_etl.errors import SettingsError
from pipc_etl.settings import Settings, load_settings

if TYPE_CHECKING:
    from pipc_etl.privacy.erasing import Erased

app = typer.Typer(no_args_is_help=True, help=__doc__)
_WORDS = {
    "private_rows": "rows with name, document, e-mail or telephone removed from schema private",
    "responses": "responses left without key and free texts in schema raw",
    "facts": "attendances under a random key in schema marts",
    "quarantined_rows": "quarantined rows emptied",
    "findings": "findings whose values were taken out",
    "other_cells": "other cells of the warehouse that named the person",
    "archive_files": "archived files replaced by a redacted copy",
    "landing_files": "files in the landing folder redacted",
    "outbox_files": "letters and workbooks in the outbox redacted",
    "pickup_files": "templates redacted",
    "log_files": "logs starred out",
    "unsearched_files": "files that nobody can look into (password, damaged): look at them yourself",
    "kept_in_registry": "mentions kept in the registry of officials (Ley 1581 de 2012, art. 10)",
    "kept_in_publications": "mentions kept in published reports",
}


@app.command()
def erase(
    request: Annotated[str, typer.Option(help="Reference of the request (radicado). It is kept: no names, no documents.")],
    document: Annotated[
        list[str] | None,
        typer.Option(help="Type and number, as «CC 52345678»; `-` asks for it, so that it stays out of the shell's history."),
    ] = None,
    email: Annotated[list[str] | None, typer.Option(help="An e-mail of the person. Both options can be repeated.")] = None,
    norm: Annotated[str | None, typer.Option(help="Norm on which the request rests, if another one than Ley 1581 de 2012.")] = None,
    actor: Annotated[str | None, typer.Option(help="Who decides; the system's account if not said.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be erased; change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Erase a person from the warehouse, the archived files, the outbox and the logs; totals stay, and no later file brings them back."""
    from pipc_etl.privacy.erasing import NORM, Request
    from pipc_etl.privacy.erasing import erase as erase_person
    from pipc_etl.warehouse.ledger import actor as account

    settings = load_settings()
    documents = [_asked("Document") if text == "-" else text for text in document or []]
    emails = tuple(_asked("E-mail") if text == "-" else text for text in email or [])
    known = _document_types(settings)
    wanted = Request(tuple(_document(text, known) for text in documents), emails, request, actor or account(), norm or NORM)
    if dry_run or not yes:
        _tell(erase_person(settings, wanted, dry_run=True, progress=progress_printer()), "would be")
    if dry_run:
        return
    if not yes:
        typer.confirm("This cannot be undone. Erase?", abort=True)
    done = erase_person(settings, wanted, progress=progress_printer())
    if done.erasure_id is None:
        out.print("nothing is left of that person: they are on the erasure list already", markup=False)
        return
    _tell(done, "were")
    out.print(f"erasure {done.erasure_id} is on record (pipc privacy list)", markup=False)


@app.command("list")
def list_erasures() -> None:
    """The record of erasures: who asked for them, when, on which norm, and how much went; never whom they were about."""
    from pipc_etl.privacy.erasing import erasures

    rows = erasures(load_settings())
    if not rows:
        out.print("nothing was erased yet")
    for row in rows:
        finished = (
            f"{row['finished_at']:%Y-%m-%d %H:%M}" if row["finished_at"] else "UNFINISHED: run `pipc privacy erase` or the DAG housekeeping"
        )
        out.print(
            f"{row['erasure_id']}  {row['started_at']:%Y-%m-%d %H:%M} to {finished}  {row['request']}  by {row['actor']}", markup=False
        )
        out.print(f"   {row['norm']}", markup=False)
        said = ", ".join(f"{name}: {quantity}" for name, quantity in row["counts"].items() if quantity)
        out.print(f"   {said or 'nothing found'}", markup=False)


def _tell(erased: Erased, verb: str) -> None:
    out.print(f"What {verb} erased:", markup=False)
    for name, words in _WORDS.items():
        if erased.counts.get(name):
            out.print(f"{erased.counts[name]:>7}  {words}", markup=False)
    if not any(erased.counts.values()):
        out.print("        nothing: no row and no file names that person; they go on the list all the same", markup=False)
    if erased.shared_emails:
        err.print(f"{erased.shared_emails} e-mails of theirs stand in other persons' answers too, and stay there", markup=False)


def _asked(what: str) -> str:
    return str(typer.prompt(what, hide_input=True))


def _document(text: str, known: dict[str, str]) -> tuple[str | None, str]:
    """`CC 52345678` -> its type's code and the number; a number alone is the national one."""
    kind, _, number = text.strip().partition(" ")
    code = known.get(kind.upper())
    if code is not None and number.strip():
        return code, number.strip()
    if not any(character.isdigit() for character in kind):
        raise SettingsError(f"--document: «{kind}» is no type of document; they are {', '.join(sorted(known))}")
    return None, text.strip()


def _document_types(settings: Settings) -> dict[str, str]:
    from pipc_etl.contracts import load_catalog

    return {code.code.upper(): code.code for code in load_catalog(settings.expectations).codelists["document_type"].codes}
