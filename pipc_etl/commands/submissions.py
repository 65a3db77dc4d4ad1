"""`pipc check`, `ingest`, `build`, `render`: the way of a file from its sender to the marts, by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipc_etl.commands.console import err, out, progress_printer
from pipc_etl.errors import UnreadableFileError
from pipc_etl.settings import PROJECT_ROOT, Settings, load_settings

if TYPE_CHECKING:
    from pipc_etl.intake.landing import LandingPlaces, Waiting


def check(
    files: Annotated[list[Path], typer.Argument(help="Archivos que se van a entregar.")],
    kind: Annotated[str | None, typer.Option(help="Qué son, si no se reconoce: execution_report, session, ...")] = None,
    entity: Annotated[str | None, typer.Option(help="Código de la entidad.")] = None,
    dependency: Annotated[str | None, typer.Option(help="Código de la dependencia.")] = None,
    period: Annotated[str | None, typer.Option(help="Período: 2021, 2021-C2, 2021-M05, ...")] = None,
    feedback: Annotated[Path | None, typer.Option(help="Carpeta para los libros con las celdas señaladas.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="La respuesta como JSON; una lista si son varios archivos.")] = False,
) -> None:
    """Revisa archivos sin enviarlos ni usar la base: 0 sin errores, 1 con errores, 3 si alguno es ilegible."""
    from pipc_etl.commands.checking import Checker, Place, check_and_tell
    from pipc_etl.contracts import load_catalog
    from pipc_etl.intake.reader import ReaderPool

    settings, place = load_settings(), Place(kind, entity, dependency, period)
    answers: list[dict[str, object]] = []
    worst = 0
    with ReaderPool(settings.read_timeout_seconds, max_file_bytes=settings.max_file_bytes) as pool:
        checker = Checker(settings, load_catalog(settings.expectations), pool, progress_printer())
        for file in files:
            try:
                code, told = check_and_tell(checker, file, place, feedback, None if as_json else out)
            except UnreadableFileError as error:
                # Of several files the others are still checked.
                if len(files) == 1:
                    raise
                err.print(f"pipc: {error}", style="red", markup=False)
                code, told = error.exit_code, {"file": file.name, "state": "unreadable", "error": str(error)}
            worst = max(worst, code)
            answers.append(told)
    if as_json:
        typer.echo(json.dumps(answers[0] if len(files) == 1 else answers, ensure_ascii=False, indent=2))
    raise typer.Exit(worst)


def ingest(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files or folders below the landing folder, or addresses below a place of PIPC_LANDING_URL; none: all that waits."
        ),
    ] = None,
) -> None:
    """Load files that wait in the landing places, and answer their senders in the outbox; 1 if one failed, 3 if one is unreadable."""
    from pipc_etl.answers.answering import answer_pending
    from pipc_etl.events.joining import join_after_load
    from pipc_etl.intake.landing import LandingPlaces
    from pipc_etl.lineage.loads import tell_load
    from pipc_etl.privacy.keeping_out import keep_out
    from pipc_etl.warehouse.ingest import ingest_files

    settings = load_settings()
    with LandingPlaces(settings) as places:
        files, failures = _waiting(paths, places, settings)
        began = datetime.now(UTC)
        outcomes = ingest_files(files, places, settings, progress=progress_printer())
        tell_load(settings, outcomes, began)
    keep_out(settings, progress_printer())
    join_after_load(settings)
    answered = answer_pending(settings, progress_printer())
    out.print(f"{len(outcomes)} files: {sum(outcome.loaded for outcome in outcomes)} accepted, {answered.answered} answers in the outbox")
    failures += answered.failures
    failures += [f"{outcome.source}: {outcome.error}" for outcome in outcomes if outcome.error]
    for failure in failures:
        err.print(failure, style="red", markup=False)
    if failures:
        raise typer.Exit(1)
    if any(outcome.state == "unreadable" for outcome in outcomes):
        raise typer.Exit(3)


def _waiting(paths: list[str] | None, places: LandingPlaces, settings: Settings) -> tuple[list[Waiting], list[str]]:
    """The files that are meant, and what could not be looked at; raises UnreadableFileError where one of `paths` leads nowhere."""
    from pipc_etl.intake.archive import landing_files
    from pipc_etl.intake.landing import Waiting
    from pipc_etl.warehouse.engine import role_engine
    from pipc_etl.warehouse.waiting import look

    local = [Path(path).resolve() for path in paths or () if "://" not in path]
    if absent := [str(path) for path in local if not path.exists()]:
        raise UnreadableFileError(f"no such file or folder: {', '.join(absent)}")
    files = [Waiting(file) for path in local for file in (landing_files(path) if path.is_dir() else [path])]
    addresses = [path.rstrip("/") for path in paths or () if "://" in path]
    if paths and not addresses:
        return files, []
    engine = role_engine(settings, "loader")
    looked = look(places, engine)
    engine.dispose()
    if not paths:
        return list(looked.files), list(looked.failures)
    for address in addresses:
        meant = [file for file in looked.files if str(file) == address or str(file).startswith(f"{address}/")]
        if not meant and not looked.failures:
            raise UnreadableFileError(f"no file waits there: {address}")
        files += meant
    return files, list(looked.failures)


def build(
    full_refresh: Annotated[bool, typer.Option("--full-refresh", help="Compute the incremental models anew too.")] = False,
) -> None:
    """Bring the marts up to date with what was loaded; no work where nothing is new."""
    from pipc_etl.lineage.builds import told_build
    from pipc_etl.warehouse.dbt import build as build_marts

    settings = load_settings()
    progress_printer()("dbt build")
    with told_build(settings):
        out.print(str(build_marts(settings, full_refresh)))


def render() -> None:
    """Write the generated files: dbt sources and data dictionary from the contracts, dbt exposures from the dashboards."""
    from pipc_etl.contracts import load_catalog
    from pipc_etl.dashboards import exposures
    from pipc_etl.dashboards.loading import load_assets
    from pipc_etl.render.generated import generated_files

    settings = load_settings()
    files = generated_files(load_catalog(settings.expectations))
    files[exposures.PATH] = exposures.exposures(load_assets(settings.superset / "assets"))
    for path, text in files.items():
        target = PROJECT_ROOT / path
        is_new = not target.exists() or target.read_text(encoding="utf-8") != text
        if is_new:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        out.print(f"{'written' if is_new else 'unchanged':9} {path}")
