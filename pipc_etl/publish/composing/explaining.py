"""A figure of a publication told to a person: what it is, how it was computed, and where each number was read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from pipc_etl.errors import PublicationError
from pipc_etl.intake.archive import stored
from pipc_etl.publish.document import Document, Figure, Role, Source
from pipc_etl.publish.ledger.register import load_document
from pipc_etl.publish.numbers import Rounding

_FIGURE = re.compile(r"[Pp]?0*(\d{1,9})\s*-\s*[Ff]?0*(\d{1,6})")
ROLE_WORDS: dict[Role, str] = {"value": "de donde sale", "numerator": "lo que se cuenta", "denominator": "de cuánto"}
_ROUNDED = {"half_up": "redondeado (la mitad, hacia arriba)", "truncate": "truncado", "exact": "exacto, sin redondear"}


@dataclass(frozen=True)
class CitedFile:
    """A received file with the cells that the figure was read from; `archived` is where its bytes are kept, None where they are gone."""

    source: Source
    cells: tuple[Source, ...]
    archived: Path | None


@dataclass(frozen=True)
class Explanation:
    """A figure with its document; `rows` are the mart rows that its query gives now, as of the figure's own moment."""

    document: Document
    figure: Figure
    files: tuple[CitedFile, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    @property
    def is_same_today(self) -> bool:
        """Whether the query gives what was published; it does unless the rules of the marts changed. What is suppressed is not asked."""
        return self.figure.missing == "suppressed" or (len(self.rows) == 1 and self.rows[0][0] == self.figure.value)


def find_figure(connection: Connection, figure_id: str) -> tuple[Document, Figure]:
    """The figure called `P0012-F007`, as the register holds it; PublicationError says what is wrong with any other id."""
    match = _FIGURE.fullmatch(figure_id.strip())
    if match is None:
        raise PublicationError(
            f"«{figure_id}» no es el número de una cifra: se escribe como P0012-F007, y el informe lo imprime en su explicación"
        )
    document = load_document(connection, f"P{int(match[1]):04}")
    wanted = int(match[2])
    numbered = {_place(figure.figure_id): figure for figure in document.figures.values()}
    if wanted not in numbered:
        last = max(numbered, default=0)
        raise PublicationError(
            f"{document.number} no tiene una cifra {wanted}: van de {document.number}-F001 a {document.number}-F{last:03}"
        )
    return document, numbered[wanted]


def explain(engine: Engine, figure_id: str, archive: Path) -> Explanation:
    """Everything behind a figure; `engine` reads the register and the marts, so that what its query says today stands beside it."""
    with engine.connect() as connection:
        document, figure = find_figure(connection, figure_id)
        columns, rows = _answer(connection, figure)
    return Explanation(document, figure, tuple(_files(figure.sources, archive)), columns, rows)


def rounding_words(rounding: Rounding) -> str:
    """How the figure was rounded: «redondeado (la mitad, hacia arriba), sin decimales»."""
    if rounding.mode == "exact":
        return _ROUNDED["exact"]
    places = "sin decimales" if not rounding.decimals else f"con {rounding.decimals} decimal{'es' if rounding.decimals > 1 else ''}"
    return f"{_ROUNDED[rounding.mode]}, {places}"


def _place(figure_id: str) -> int:
    return int(figure_id.rpartition("F")[2])


def _files(sources: Sequence[Source], archive: Path) -> Iterator[CitedFile]:
    """The sources file by file, what is counted before what it is of."""
    for role, submission in dict.fromkeys((source.role, source.submission_id) for source in sources):
        own = tuple(source for source in sources if (source.role, source.submission_id) == (role, submission))
        path = stored(archive, own[0].sha256, own[0].file_name)
        yield CitedFile(own[0], own, path if path.exists() else None)


def _answer(connection: Connection, figure: Figure) -> tuple[tuple[str, ...], tuple[tuple[object, ...], ...]]:
    """What the figure's query gives; nothing where it would tell what is suppressed, or the marts of today no longer have it."""
    if figure.missing == "suppressed":
        return (), ()
    try:
        result = connection.exec_driver_sql(figure.query.replace("%", "%%"))
        return tuple(result.keys()), tuple(tuple(row) for row in result)
    except DBAPIError:
        return (), ()
