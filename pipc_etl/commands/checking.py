"""One file judged before it is sent: the same reader and rules as the load, without a database."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from pipc_etl.answers.preview import preview
from pipc_etl.answers.texts import count
from pipc_etl.answers.workbook import Feedback, feedback_workbook
from pipc_etl.contracts import Catalog, Finding
from pipc_etl.contracts.fingerprint import read_fingerprint
from pipc_etl.contracts.periods import parse_period
from pipc_etl.errors import SettingsError, UnreadableFileError
from pipc_etl.intake.batch import Batch, open_book, read_batch
from pipc_etl.intake.envelope import Envelope, form_code, parse
from pipc_etl.intake.kind import recognise_kind
from pipc_etl.intake.reader import ReaderPool
from pipc_etl.settings import Settings
from pipc_etl.validation import EnvelopeFacts, Verdict, report, validate, warm_up

_PLACE_DEPTH = 5


@dataclass(frozen=True)
class Place:
    """What the person says of the file; None = not said."""

    kind: str | None = None
    entity_code: str | None = None
    dependency_code: str | None = None
    period_code: str | None = None


@dataclass(frozen=True)
class Checked:
    """The verdict, the rows that it is about, and under which declaration and place it was given."""

    path: Path
    verdict: Verdict
    batch: Batch

    @property
    def envelope(self) -> Envelope:
        return self.batch.envelope


@dataclass(frozen=True)
class Checker:
    """The files of one call: one catalogue, one reader of foreign files, one import of Great Expectations; `say` tells how far it is."""

    settings: Settings
    catalog: Catalog
    pool: ReaderPool
    say: Callable[[str], None]

    def check(self, path: Path, place: Place) -> Checked:
        """Judge the file at `path`; what `place` leaves open is taken from its folders or its template, else its kind from its headers.

        Raises UnreadableFileError where the file cannot be opened or nobody can tell what it is, SettingsError for a wrong option.
        """
        if not path.is_file():
            raise UnreadableFileError(f"{path}: no existe o no es un archivo")
        _check_options(place, self.catalog)
        envelope = _envelope(path, place, self.catalog, self.pool)
        contract = self.catalog.contracts[envelope.kind]
        self.say(f"{path.name}: se revisa como «{contract.title}»")
        batch = read_batch(path, contract, self.catalog, envelope, self.pool)
        self.say(f"{path.name}: {count(len(batch.frame), 'fila leída', 'filas leídas')}; se revisan las reglas con Great Expectations")
        warm_up()
        facts = EnvelopeFacts(
            entity_code=envelope.entity_code or None,
            dependency_code=envelope.dependency_code or None,
            kind=envelope.kind,
            period_code=envelope.period_code or None,
        )
        return Checked(path, validate(batch, self.catalog, None, facts), batch)

    def write_feedback(self, checked: Checked, folder: Path) -> Path:
        """The file with its cells marked, as its sender would get it back; never over a file that is there: it may be being corrected.

        Raises SettingsError where nothing can be written into `folder`.
        """
        review = preview(checked.batch, checked.verdict)
        feedback = feedback_workbook(checked.path, checked.path.name, review, self.catalog, self.pool, self.settings.bulk_bytes)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return _write_new(folder, feedback)
        except OSError as error:
            raise SettingsError(f"--feedback {folder}: ahí no se puede escribir ({error.strerror or error})") from error


def check_and_tell(
    checker: Checker, path: Path, place: Place, folder: Path | None, console: Console | None
) -> tuple[int, dict[str, object]]:
    """Check one file, print the report to `console` (None: nothing), write its feedback into `folder` (None: none).

    Returns the exit code and the answer as JSON has it.
    """
    checked = checker.check(path, place)
    told = report.as_values(checked.verdict, path.name)
    if console is not None:
        report.print_report(checked.verdict, path.name, console)
    if folder is not None and checked.verdict.findings:
        written = checker.write_feedback(checked, folder)
        told["feedback"] = str(written)
        if console is not None:
            console.print(f"Libro con las celdas señaladas: {written}", markup=False)
    elif folder is not None and console is not None:
        console.print("No hay celdas que señalar: no se escribe ningún libro.", markup=False)
    return report.exit_code(checked.verdict), told


def _write_new(folder: Path, feedback: Feedback) -> Path:
    stem, suffix = Path(feedback.name).stem, Path(feedback.name).suffix
    for number in itertools.count(1):
        target = folder / (feedback.name if number == 1 else f"{stem} ({number}){suffix}")
        try:
            with target.open("xb") as file:
                file.write(feedback.content)
        except FileExistsError:
            continue
        return target
    raise AssertionError("there is always a next number")


def _check_options(place: Place, catalog: Catalog) -> None:
    if place.kind and place.kind not in catalog.contracts:
        raise SettingsError(f"--kind {place.kind}: no existe; los tipos son {', '.join(sorted(catalog.contracts))}")
    if place.period_code and parse_period(place.period_code) is None:
        raise SettingsError(f"--period {place.period_code}: no es un período (2021, 2021-S1, 2021-C2, 2021-T2, 2021-M05)")


def _envelope(path: Path, place: Place, catalog: Catalog, pool: ReaderPool) -> Envelope:
    found = _from_folders(path, catalog) or _from_template(path, catalog, pool)
    kind = place.kind or (found.kind if found else _kind_of(path, catalog, pool))
    return Envelope(
        entity_code=place.entity_code or (found.entity_code if found else ""),
        dependency_code=place.dependency_code or (found.dependency_code if found else ""),
        kind=kind,
        period_code=place.period_code or (found.period_code if found else ""),
        file_name=path.name,
        form_code=form_code(path.name) if catalog.contracts[kind].flow == "form_responses" else None,
    )


def _from_template(path: Path, catalog: Catalog, pool: ReaderPool) -> Envelope | None:
    """The place that the file's template was made for, if it was made from one; what the template leaves open stays empty."""
    book = open_book(path, catalog, pool)
    made = None if isinstance(book, Finding) else read_fingerprint(book.properties)
    if made is None or made.kind not in catalog.contracts:
        return None
    return Envelope(made.entity_code, made.dependency_code, made.kind, made.period_code, path.name)


def _from_folders(path: Path, catalog: Catalog) -> Envelope | None:
    """The place, if the file stands below folders `<entity>/<dependency>/<kind>/<period>`."""
    whole = path.resolve()
    if len(whole.parts) <= _PLACE_DEPTH:
        return None
    found = parse(whole, whole.parents[_PLACE_DEPTH - 1], catalog)
    return found if isinstance(found, Envelope) else None


def _kind_of(path: Path, catalog: Catalog, pool: ReaderPool) -> str:
    recognised = recognise_kind(path, catalog, pool)
    if isinstance(recognised, Finding):
        raise UnreadableFileError(f"{path.name}: {recognised.message} {recognised.remedy}")
    if recognised is None:
        raise UnreadableFileError(
            f"{path.name}: sus encabezados no son los de ninguna entrega conocida. Diga de qué se trata con --kind "
            f"({', '.join(sorted(catalog.contracts))}) para saber qué columnas faltan."
        )
    return recognised.kind
