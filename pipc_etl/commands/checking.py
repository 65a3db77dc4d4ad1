"""One file judged before it is sent: the same reader and rules as the load, without a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipc_etl.contracts import Catalog, Finding
from pipc_etl.contracts.fingerprint import read_fingerprint
from pipc_etl.contracts.periods import parse_period
from pipc_etl.errors import SettingsError, UnreadableFileError
from pipc_etl.intake.batch import open_book, read_batch
from pipc_etl.intake.envelope import Envelope, form_code, parse
from pipc_etl.intake.kind import recognise_kind
from pipc_etl.intake.reader import ReaderPool
from pipc_etl.settings import Settings
from pipc_etl.validation import EnvelopeFacts, Verdict, validate, warm_up

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
    """The verdict, and under which declaration and place it was given."""

    verdict: Verdict
    envelope: Envelope


def check_file(path: Path, place: Place, settings: Settings, catalog: Catalog, say: Callable[[str], None]) -> Checked:
    """Judge the file at `path`; what `place` leaves open is taken from its folders or its template, else its kind from its headers.

    Raises UnreadableFileError where the file cannot be opened or nobody can tell what it is, SettingsError for a wrong option.
    """
    if not path.is_file():
        raise UnreadableFileError(f"{path}: no existe o no es un archivo")
    _check_options(place, catalog)
    with ReaderPool(settings.read_timeout_seconds, max_file_bytes=settings.max_file_bytes) as pool:
        envelope = _envelope(path, place, catalog, pool)
        contract = catalog.contracts[envelope.kind]
        say(f"{path.name}: se revisa como «{contract.title}»")
        batch = read_batch(path, contract, catalog, envelope, pool)
    say(f"{len(batch.frame)} filas leídas; preparando Great Expectations")
    warm_up()
    facts = EnvelopeFacts(
        entity_code=envelope.entity_code or None,
        dependency_code=envelope.dependency_code or None,
        kind=envelope.kind,
        period_code=envelope.period_code or None,
    )
    return Checked(validate(batch, catalog, None, facts), envelope)


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
