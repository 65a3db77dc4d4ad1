"""A document as JSON: whatever it says comes back, to the last decimal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipc_etl.publish import document as document_module
from pipc_etl.publish.document import (
    Address,
    Bullets,
    Card,
    Cards,
    Chart,
    Column,
    Document,
    Figure,
    FigureRef,
    Note,
    Paragraph,
    PersonText,
    Section,
    Series,
    Source,
    Table,
)
from pipc_etl.publish.ledger.storing import encode, from_json, to_json
from pipc_etl.publish.numbers import MODES, Rounding

# What PostgreSQL keeps: any text but NUL and lone surrogates.
words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
numbers = st.decimals(allow_nan=False, allow_infinity=False, places=None, min_value=-(10**15), max_value=10**15)
maybe_numbers = st.none() | numbers
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC) | st.timezones())
roundings = st.builds(Rounding, mode=st.sampled_from(MODES), decimals=st.integers(0, 4))
keys = st.sampled_from(["plan/PIPC/progress_pct", "activity/ÑU-01/<&>/executed_qty", "a", "_"])
text = st.lists(words | st.builds(FigureRef, keys), max_size=3).map(tuple)


def tuples(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=2).map(tuple)


sources = st.builds(
    Source, submission_id=st.integers(1, 10**9), kind=words, file_name=words, sha256=words, received_at=moments, sheet=words, cells=words,
    column=words, value=words, is_reconstruction=st.booleans(),
)  # fmt: skip
figures = st.builds(
    Figure, key=keys, label=words, subject=words, measure=words, period_code=words, cutoff=st.none() | days, value=maybe_numbers,
    shown=words, rounding=roundings, definition=words, formula=words, query=words, mart=words, unit=words,
    missing=st.none() | st.sampled_from(["pending", "suppressed"]), numerator=maybe_numbers, denominator=maybe_numbers,
    plan_version=st.none() | st.integers(1, 9), figure_id=words, sources=tuples(sources),
)  # fmt: skip
tables = st.builds(
    Table, title=words, columns=tuples(st.builds(Column, words, st.booleans())), rows=tuples(tuples(text)), total=tuples(tuples(text)),
    note=text,
)  # fmt: skip
charts = st.builds(
    Chart, kind=st.sampled_from(["bars", "stacked", "line"]), title=words, alternative=words, categories=tuples(words),
    series=tuples(st.builds(Series, words, tuples(maybe_numbers))), unit=words, table=tables, reference=maybe_numbers,
)  # fmt: skip
blocks = st.one_of(
    st.builds(Paragraph, text),
    st.builds(Bullets, tuples(text)),
    st.builds(Cards, tuples(st.builds(Card, st.builds(FigureRef, keys), words, text))),
    tables,
    charts,
    st.builds(Note, st.sampled_from(["waiver", "method"]), text),
    st.builds(PersonText, words, words, st.none() | words, st.none() | words, st.none() | moments),
)
documents = st.builds(
    Document, address=st.builds(Address, words, words, words, days, moments), title=words, subtitle=words, entity_name=words,
    period_label=words, rounding=roundings, sections=tuples(st.builds(Section, words, words, tuples(blocks), st.integers(2, 3))),
    figures=st.dictionaries(keys, figures, max_size=2), plan_versions=st.dictionaries(words, st.integers(1, 9), max_size=2),
    is_reconstruction=st.booleans(), number=words, edition=st.integers(1, 9), published_at=st.none() | moments,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(documents)
def test_document_comes_back_whole_when_it_was_stored_as_json(document: Document) -> None:
    back = from_json(json.loads(json.dumps(to_json(document))))
    assert back == document
    assert list(back.figures) == list(document.figures), "in their order"
    assert _digits(back) == _digits(document), "1.10 is not 1.1"


def test_every_class_of_the_document_is_drawn_when_documents_are_made_up() -> None:
    drawn = {
        Document,
        Address,
        Section,
        Figure,
        FigureRef,
        Source,
        Paragraph,
        Bullets,
        Card,
        Cards,
        Column,
        Table,
        Series,
        Chart,
        Note,
        PersonText,
    }
    declared = {item for item in vars(document_module).values() if isinstance(item, type) and is_dataclass(item)} - {Rounding}
    assert declared == drawn


def test_a_class_that_is_no_part_of_the_document_is_refused_when_it_is_encoded() -> None:
    with pytest.raises(TypeError, match="complex is no part of the published document"):
        encode({"figure": 1j})


def test_a_field_that_was_added_later_has_its_default_when_an_older_document_is_read() -> None:
    document = Document(
        Address("e", "r", "2021", date(2021, 12, 31), datetime(2022, 1, 1, tzinfo=UTC)), "t", "s", "E", "2021", Rounding("half_up"), (), {}
    )
    content = to_json(document)
    del content["edition"]
    assert from_json(content) == document


def _digits(value: Any) -> list[str]:
    """Every decimal in it as it is written."""
    if isinstance(value, Decimal):
        return [str(value)]
    if isinstance(value, Mapping):
        return [digits for item in value.values() for digits in _digits(item)]
    if isinstance(value, tuple):
        return [digits for item in value for digits in _digits(item)]
    if is_dataclass(value):
        return [digits for field in fields(value) for digits in _digits(getattr(value, field.name))]
    return []
