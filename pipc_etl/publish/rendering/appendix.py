"""«Cómo se calculó cada cifra»: every figure in reading order with its formula and the cells of the files that it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipc_etl.contracts.periods import parse_period
from pipc_etl.publish import wording
from pipc_etl.publish.document import Document, Figure, Section, Source, references
from pipc_etl.publish.rendering import words

# A person compares so many characters of a hash; the whole one stands once, in the list of files.
SHORT_HASH = 12


@dataclass(frozen=True)
class SourceView:
    file_anchor: str
    file_name: str
    sheet: str
    cells: str
    column: str
    value: str
    short_hash: str


@dataclass(frozen=True)
class FileView:
    """A received file, once."""

    anchor: str
    name: str
    received: str
    sha256: str
    is_reconstruction: bool


@dataclass(frozen=True)
class Explained:
    """A figure and all that is needed to compute it again by hand."""

    anchor: str
    label: str
    subject: str
    measure: str
    shown: str
    exact: str
    missing: str
    period: str
    cutoff: str
    definition: str
    formula: str
    numerator: str
    denominator: str
    plan_version: str
    mart: str
    query: str
    is_cited: bool
    sources: tuple[SourceView, ...]


@dataclass(frozen=True)
class Group:
    """The figures that are met first in one section."""

    title: str
    figures: tuple[Explained, ...]


@dataclass(frozen=True)
class Definition:
    label: str
    text: str


@dataclass(frozen=True)
class Appendix:
    """`definitions` has each once, under the name that a reader meets first."""

    groups: tuple[Group, ...]
    files: tuple[FileView, ...]
    anchors: Mapping[str, str]
    definitions: tuple[Definition, ...]

    @property
    def count(self) -> int:
        return sum(len(group.figures) for group in self.groups)


def appendix(document: Document) -> Appendix:
    """Figures grouped by the section that cites them first; those that no text cites stand last."""
    order = list(dict.fromkeys(reference.key for reference in references(document)))
    uncited = [key for key in document.figures if key not in set(order)]
    anchors = {key: document.figures[key].figure_id or f"F{place:03}" for place, key in enumerate((*order, *uncited), 1)}
    files = _files(source for key in (*order, *uncited) for source in document.figures[key].sources)
    cited = frozenset(order)

    def explained(keys: Iterable[str]) -> tuple[Explained, ...]:
        return tuple(_explained(document.figures[key], anchors[key], files, key in cited) for key in keys)

    groups = [(section.title, keys) for section, keys in _by_section(document)] + [("Cifras que solo están en los datos abiertos", uncited)]
    return Appendix(
        tuple(Group(title, explained(keys)) for title, keys in groups if keys),
        tuple(files.values()),
        anchors,
        _definitions(document.figures[key] for key in (*order, *uncited)),
    )


def _definitions(figures: Iterable[Figure]) -> tuple[Definition, ...]:
    labels: dict[str, str] = {}
    for figure in figures:
        labels.setdefault(figure.definition, figure.label)
    return tuple(Definition(label, text) for text, label in labels.items())


def _by_section(document: Document) -> list[tuple[Section, list[str]]]:
    met: set[str] = set()
    found = []
    for section in document.sections:
        only = Document(**{**document.__dict__, "sections": (section,)})
        keys = [key for key in dict.fromkeys(reference.key for reference in references(only)) if key not in met]
        met.update(keys)
        found.append((section, keys))
    return found


def _files(sources: Iterable[Source]) -> dict[str, FileView]:
    files: dict[str, FileView] = {}
    for source in sources:
        if source.sha256 not in files:
            received = wording.moment(source.received_at)
            anchor = f"archivo-{len(files) + 1}"
            files[source.sha256] = FileView(anchor, source.file_name, received, source.sha256, source.is_reconstruction)
    return files


def _explained(figure: Figure, anchor: str, files: Mapping[str, FileView], is_cited: bool) -> Explained:
    exact = "" if figure.value is None else wording.number(figure.value, None if figure.value == round(figure.value, 4) else 4)
    return Explained(
        anchor=anchor,
        label=figure.label,
        subject=figure.subject,
        measure=figure.measure,
        shown=figure.shown,
        exact=exact,
        missing=words.MISSING[figure.missing] if figure.missing else "",
        period=wording.period_label(figure.period_code) if parse_period(figure.period_code) else figure.period_code,
        cutoff=wording.short_date(figure.cutoff) if figure.cutoff else "",
        definition=figure.definition,
        formula=figure.formula,
        numerator="" if figure.numerator is None else wording.number(figure.numerator),
        denominator="" if figure.denominator is None else wording.number(figure.denominator),
        plan_version="" if figure.plan_version is None else str(figure.plan_version),
        mart=figure.mart,
        query=figure.query,
        is_cited=is_cited,
        sources=tuple(_source(source, files) for source in figure.sources),
    )


def _source(source: Source, files: Mapping[str, FileView]) -> SourceView:
    anchor = files[source.sha256].anchor
    return SourceView(anchor, source.file_name, source.sheet, source.cells, source.column, source.value, source.sha256[:SHORT_HASH])
