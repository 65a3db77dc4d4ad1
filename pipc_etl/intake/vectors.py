"""Columns of text read many cells at a time, with the meaning that `read_cell` gives each of them.

Distinct texts are read once by the scalar code; texts that are nearly all different (names, documents, moments) go a way of their own
in which only what looks unusual reaches it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipc_etl.contracts import Codelist, Column
from pipc_etl.intake.coercion import Outcome, Problem, Reading, is_month_first, is_reversible, read_cell
from pipc_etl.intake.moments import MICROSECONDS_A_DAY, read_clock, read_date
from pipc_etl.intake.words import Fault, Missing

ARROW_TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "time": pa.string(),
    "month": pa.date32(),
}

# Text that cleaning leaves as it is ...
CLEAN = r"^[!-~¡-¬®-ÿ]+(?: [!-~¡-¬®-ÿ]+)*$"
# ... unless it may say why there is no value, be an error, or be a number with points, spaces or an exponent.
SUSPECT = (
    r"(?i)^\W*(?:n\W*[adr]|s\W*d|ns\W*nr|no\W+(?:apli|dis|resp|cont|inf)\w*\W*\w*|sin\W+\w+|prefi\w+\W+no\W+respon\w*|pend\w*|por\W+def\w*)\W*$"
    r"|^[-–—_.]+$|^#|_x00|^[0-9]+(?:[.,' ][0-9]+)+$|^[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+$"
)
_PLAIN_DATE, _PLAIN_CLOCK = re.compile(r"[0-9/.-]+"), re.compile(r"\d{1,2}:\d{2}.*")
_USUAL_CLOCK = "^(?:[01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
_MOSTLY_DISTINCT = 0.3
_MOST_REMEMBERED = 200_000
_EPOCH = date(1970, 1, 1).toordinal()
_UNREAD = int(np.iinfo(np.int64).min)

Integers = npt.NDArray[np.int64]


@dataclass
class Cells:
    """One column of a chunk: typed values, and by position the reasons for missing values and the problems."""

    values: pa.Array
    missing: list[tuple[int, str]] = field(default_factory=list)
    problems: list[tuple[int, Problem]] = field(default_factory=list)


class ColumnReader:
    """Reads one column chunk after chunk; what it learned about a text it keeps (up to a limit)."""

    def __init__(self, column: Column, codelist: Codelist | None, reading: Reading) -> None:
        self.column = column
        self.type = pa.list_(pa.string()) if column.multiple else ARROW_TYPES[column.type]
        self._codelist = codelist
        self._reading = reading
        self._known: dict[str, Outcome] = {}
        self._days: dict[str, int] = {}
        self._month_first = False

    def read(self, texts: pa.Array) -> Cells:
        """The typed values of `texts` (strings without nulls)."""
        encoded = pc.dictionary_encode(texts)
        if len(encoded.dictionary) > _MOSTLY_DISTINCT * len(texts):
            if self.column.type == "timestamp":
                return self._moments(texts)
            if self.column.type == "string" and self._codelist is None and not self.column.multiple:
                return self._plain(texts)
        return self._distinct(encoded)

    def _outcomes(self, texts: list[str]) -> list[Outcome]:
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        for text in texts:
            if text not in self._known:
                self._known[text] = read_cell(text, self.column, self._codelist, self._reading)
        outcomes = [self._known[text] for text in texts]
        if self.column.type in ("date", "timestamp"):
            self._month_first = self._month_first or any(map(is_month_first, outcomes))
            if self._month_first:
                mixed = Fault("date.order_mixed")
                return [mixed if is_reversible(text) else outcome for text, outcome in zip(texts, outcomes, strict=True)]
        return outcomes

    def _distinct(self, encoded: pa.DictionaryArray) -> Cells:
        texts = encoded.dictionary.to_pylist()
        outcomes = self._outcomes(texts)
        values = pa.array([None if isinstance(item, Missing | Fault) else item for item in outcomes], self.type)
        cells = Cells(values.take(encoded.indices))
        special = np.fromiter((isinstance(item, Missing | Fault) for item in outcomes), bool, len(outcomes))
        if special.any():
            indices = encoded.indices.to_numpy()
            for position in np.flatnonzero(special[indices]).tolist():
                index = int(indices[position])
                self._note(cells, position, texts[index], outcomes[index])
        return cells

    def _note(self, cells: Cells, position: int, text: str, outcome: Outcome) -> None:
        if isinstance(outcome, Missing):
            cells.missing.append((position, outcome.reason))
        elif isinstance(outcome, Fault):
            cells.problems.append((position, Problem(self.column.name, outcome.rule, text, outcome.params)))

    def _plain(self, texts: pa.Array) -> Cells:
        usual = pc.and_not(pc.match_substring_regex(texts, CLEAN), pc.match_substring_regex(texts, SUSPECT))
        return self._with_scalars(texts, usual, texts)

    def _moments(self, texts: pa.Array) -> Cells:
        """Day and time of day read apart: there are few different ones of each."""
        parts = pc.split_pattern(texts, " ", max_splits=1)
        paired = pc.equal(pc.list_value_length(parts), 2)
        flat = pc.filter(parts, paired).flatten()
        days = pc.dictionary_encode(flat.take(pa.array(np.arange(0, len(flat), 2))))
        clocks = pc.dictionary_encode(flat.take(pa.array(np.arange(1, len(flat), 2))))
        day, clock = self._day_micros(days.dictionary.to_pylist()), self._clock_micros(clocks.dictionary)
        day, clock = day[days.indices.to_numpy()], clock[clocks.indices.to_numpy()]
        micros = np.full(len(texts), _UNREAD)
        micros[paired.to_numpy(zero_copy_only=False)] = np.where((day == _UNREAD) | (clock == _UNREAD), _UNREAD, day + clock)
        return self._with_scalars(texts, pa.array(micros != _UNREAD), pa.array(micros).cast(self.type))

    def _day_micros(self, texts: list[str]) -> Integers:
        for text in texts:
            if text not in self._days:
                day = read_date(text) if _PLAIN_DATE.fullmatch(text) else None
                self._month_first = self._month_first or is_month_first(day)
                self._days[text] = (day.toordinal() - _EPOCH) * MICROSECONDS_A_DAY if isinstance(day, date) else _UNREAD
        hidden = self._month_first
        return np.array([_UNREAD if hidden and is_reversible(text) else self._days[text] for text in texts], np.int64)

    def _clock_micros(self, texts: pa.Array) -> Integers:
        usual = pc.match_substring_regex(texts, _USUAL_CLOCK)
        padded = pc.utf8_lpad(pc.if_else(usual, texts, "0:00:00"), 8, "0")
        hours, minutes, seconds = (pc.utf8_slice_codeunits(padded, at, at + 2).cast(pa.int64()).to_numpy() for at in (0, 3, 6))
        micros: Integers = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000
        for position in np.flatnonzero(~usual.to_numpy(zero_copy_only=False)).tolist():
            text = texts[position].as_py()
            clock = read_clock(text) if _PLAIN_CLOCK.fullmatch(text) else None
            micros[position] = clock if isinstance(clock, int) else _UNREAD
        return micros

    def _with_scalars(self, texts: pa.Array, usual: pa.Array, values: pa.Array) -> Cells:
        """`values` where `usual`, and the scalar reading of the other texts."""
        positions = np.flatnonzero(~usual.to_numpy(zero_copy_only=False))
        if not len(positions):
            return Cells(values)
        rest = self._distinct(pc.dictionary_encode(texts.take(pa.array(positions))))
        cells = Cells(pc.replace_with_mask(values, pc.invert(usual), rest.values))
        cells.missing = [(int(positions[place]), reason) for place, reason in rest.missing]
        cells.problems = [(int(positions[place]), problem) for place, problem in rest.problems]
        return cells
