"""The stream gives what the small path gives, chunk by chunk, whatever is in the file."""

from __future__ import annotations

import csv
import json
import random
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_files import make_column

from pipc_etl.contracts import Catalog
from pipc_etl.intake import Envelope, ReaderPool, read_batch, stream_batches
from pipc_etl.intake.coercion import Reading, read_cell
from pipc_etl.intake.stream import Stream
from pipc_etl.intake.vectors import ColumnReader
from pipc_etl.intake.words import Fault, Missing

ENVELOPE = Envelope("secretaria-general", "OAP", "attendance_form", "2023", "Asistencia.csv", "asistencia")
MICROSOFT = ["Id", "Hora de inicio", "Hora de finalización", "Correo electrónico", "Nombre"]
QUESTIONS = ["Código del evento", "¿Autoriza el tratamiento de sus datos personales?", "Nombres y apellidos", "Número de documento", "Edad"]
LISTS = ["Localidad", "Sexo", "Discapacidad", "Entidad u organización", "Cargo"]
HEADER = [*MICROSOFT, *QUESTIONS, *LISTS]


def answers(count: int, *, oddities: bool) -> list[list[str]]:
    """Responses, some of them with one of everything that goes wrong."""
    dice = random.Random(7)
    moment = datetime(2023, 1, 1)
    odd: list[tuple[int, str]] = [
        (2, "31/02/2023 1:00:00"), (2, "2023-06-30T14:58:12Z"), (2, "30/06/2023"), (2, ""), (2, "pronto"), (2, "30/06/2023 9:58:12 p. m."),
        (6, "tal vez"), (6, ""), (7, "  Luz   Marina "), (7, "N/A"), (7, "José\u200b"), (7, "-"), (7, "NA"), (7, "Luz\u00a0Peña"),
        (7, "#REF!"), (8, "1.023.456.789"), (8, "1.02E+09"), (8, "S/D"), (8, "1 023 456"),
        (9, "treinta"), (9, "1.234"), (9, "34,5"), (9, "34 años"),
        (10, "Marte"), (10, "8"), (10, "Pend."), (11, "No responde"), (12, "Física;Marciana;"), (12, "Visual, Física"), (13, "No aplica"),
        (13, "Uno\nDos"), (14, 'dice "así"'), (3, "luz@ejemplo.co"), (4, "Luz Firma"),
    ]  # fmt: skip
    rows = []
    for number in range(1, count + 1):
        moment += timedelta(seconds=dice.randint(1, 60))
        start, end = (f"{at.day}/{at:%m/%Y} {at.hour}:{at:%M:%S}" for at in (moment, moment + timedelta(seconds=70)))
        row = [str(number), start, end, "anonymous", "", f"SG23-{number % 5}", "Sí", f"Persona {number}", str(10_000_000 + number * 7)]
        row += [str(dice.randint(14, 90)), "Kennedy", dice.choice(["Mujer", "Hombre"]), "Ninguna;", dice.choice(["JAC", "N/A", ""]), ""]
        if oddities and number % 3 == 0:
            place, text = odd[(number // 3) % len(odd)]
            row[place] = text
        rows.append(row)
    return rows


def write(path: Path, rows: list[list[str]], header: list[str] = HEADER, *, encoding: str = "utf-8", separator: str = ";") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=separator).writerows([header, *rows])
    return path


def streamed(stream: Stream) -> pd.DataFrame:
    table = pa.Table.from_batches(list(stream), schema=stream.schema)
    return table.to_pandas().sort_values("_row", ignore_index=True)


def plain(value: object) -> object:
    """A cell of either frame as something that compares."""
    if isinstance(value, list | np.ndarray):
        return [str(item) for item in value]
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return None
    return str(pd.Timestamp(value)) if hasattr(value, "year") else value  # type: ignore[arg-type]


def assert_same(path: Path, catalog: Catalog, pool: ReaderPool, rows_per_chunk: int) -> tuple[int, int]:
    """Both paths agree on every cell, row number, missing reason and problem; returns rows and problems."""
    contract = catalog.contracts["attendance_form"]
    small = read_batch(path, contract, catalog, ENVELOPE, pool)
    stream = stream_batches(path, contract, catalog, ENVELOPE, rows_per_chunk)
    large = streamed(stream)
    assert large["_row"].tolist() == small.frame["_row"].tolist()
    for column in contract.columns:
        assert [plain(value) for value in large[column.name]] == [plain(value) for value in small.frame[column.name]], column.name
    missing = [json.loads(text) if isinstance(text, str) else {} for text in large["_missing"]]
    assert missing == small.frame["_missing"].tolist()
    problems = [[tuple(item) for item in json.loads(text)] if isinstance(text, str) else [] for text in large["_problems"]]
    assert problems == [[tuple(item) for item in found] for found in small.frame["_problems"]]
    assert stream.letters == small.letters["CSV"]
    assert stream.findings == small.findings
    return len(large), sum(map(len, problems))


@pytest.mark.parametrize("rows_per_chunk", [7, 100, 100_000])
def test_stream_agrees_with_the_small_path_when_everything_is_odd(
    tmp_path: Path, catalog: Catalog, pool: ReaderPool, rows_per_chunk: int
) -> None:
    path = write(tmp_path / "a.csv", answers(600, oddities=True))
    assert assert_same(path, catalog, pool, rows_per_chunk) == (600, 59)


@pytest.mark.parametrize(("encoding", "separator"), [("utf-8-sig", ","), ("utf-16", "\t"), ("cp1252", ";")])
def test_stream_agrees_with_the_small_path_when_encoded_otherwise(
    tmp_path: Path, catalog: Catalog, pool: ReaderPool, encoding: str, separator: str
) -> None:
    rows = [row for row in answers(90, oddities=True) if "\u200b" not in row[7]]
    count, problems = assert_same(write(tmp_path / "a.csv", rows, encoding=encoding, separator=separator), catalog, pool, 50)
    assert (count, problems) == (len(rows), 9)


def test_stream_agrees_with_the_small_path_when_rows_are_blank_ragged_totals_or_headers(
    tmp_path: Path, catalog: Catalog, pool: ReaderPool
) -> None:
    rows = answers(40, oddities=False)
    rows[5:5] = [[""] * len(HEADER), HEADER, ["1", "2"], ["", "", "", "", "", "Total", *[""] * 9], [*rows[3], "de más"]]
    rows[30:30] = [[], [""] * 3, rows[2][:-1]]
    count, problems = assert_same(write(tmp_path / "a.csv", rows), catalog, pool, 10)
    assert (count, problems) == (43, 3)


def test_stream_starts_under_the_letterhead_when_there_is_one(tmp_path: Path, catalog: Catalog, pool: ReaderPool) -> None:
    path = write(tmp_path / "a.csv", answers(20, oddities=False))
    path.write_text('"Secretaría\nGeneral";;\n;;\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert assert_same(path, catalog, pool, 10) == (20, 0)
    stream = stream_batches(path, catalog.contracts["attendance_form"], catalog, ENVELOPE)
    assert next(iter(stream)).column("_row").to_pylist()[:2] == [4, 5]
    assert stream.cell(4, "age") == "J4"


def test_dates_that_read_both_ways_are_reported_when_others_are_month_first(tmp_path: Path, catalog: Catalog, pool: ReaderPool) -> None:
    rows = answers(60, oddities=False)
    for number, row in enumerate(rows):
        row[2] = f"{number % 12 + 1}/{number % 28 + 1}/2023 9:{number:02d}:00"
    count, problems = assert_same(write(tmp_path / "a.csv", rows), catalog, pool, 100)
    assert count == 60
    assert problems == sum(row[2].split("/")[0] != row[2].split("/")[1] for row in rows)


def test_stream_agrees_with_the_small_path_when_a_form_asks_twice(tmp_path: Path, catalog: Catalog, pool: ReaderPool) -> None:
    rows = [[*row, ("", "Otra persona", f" {row[7]} ", "N/A")[number % 4]] for number, row in enumerate(answers(60, oddities=False))]
    for row in rows[::3]:
        row[7] = ""
    count, problems = assert_same(write(tmp_path / "a.csv", rows, [*HEADER, "Nombre completo"]), catalog, pool, 25)
    assert (count, problems) == (60, 20)


def test_stream_has_no_rows_when_the_header_lacks_a_column(tmp_path: Path, catalog: Catalog) -> None:
    path = write(tmp_path / "a.csv", [row[:6] for row in answers(3, oddities=False)], HEADER[:6])
    stream = stream_batches(path, catalog.contracts["attendance_form"], catalog, ENVELOPE)
    assert [finding.rule for finding in stream.findings] == ["header.missing"]
    assert list(stream) == []


def test_stream_says_so_at_the_end_when_the_file_breaks_in_its_middle(tmp_path: Path, catalog: Catalog) -> None:
    path = write(tmp_path / "a.csv", answers(20_000, oddities=False))
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[15_000] = lines[15_000].replace("Sí", '"Sí')
    path.write_text("\n".join(lines), encoding="utf-8")
    stream = stream_batches(path, catalog.contracts["attendance_form"], catalog, ENVELOPE, 5_000)
    assert stream.findings == ()
    assert sum(map(len, stream)) == 14_999
    assert [finding.rule for finding in stream.findings] == ["file.unreadable"]


def test_record_numbers_are_right_when_ragged_rows_lie_blocks_apart(tmp_path: Path, catalog: Catalog) -> None:
    rows = answers(30_000, oddities=False)
    for place in (3, 9_999, 10_000, 29_999):
        rows[place] = rows[place][:-1]
    path = write(tmp_path / "a.csv", rows)
    assert path.stat().st_size > 3 * 1024**2  # several blocks
    large = streamed(stream_batches(path, catalog.contracts["attendance_form"], catalog, ENVELOPE, 4_000))
    assert large["_row"].tolist() == list(range(2, 30_002))
    assert large.loc[large["_problems"].notna(), "_row"].tolist() == [5, 10_001, 10_002, 30_001]
    read = large[large["_problems"].isna()]
    assert (read["response_id"].astype(int) == read["_row"] - 1).all()


texts = st.one_of(
    st.text(max_size=12),
    st.text(st.sampled_from("nNsS/ .aAdDrR-–EePpi#()'0123456789,;:tTz+gm"), max_size=14),
    st.sampled_from(["N/A", "(n/a)", "No responde", "pend.", "Sin  dato", "1.234", "1,02E+09", "1e5", "12 345", "#N/A", "…", "S.D."]),
    st.datetimes().map(lambda moment: f"{moment:%d/%m/%Y %H:%M:%S}"),
)


@given(st.lists(texts, min_size=1, max_size=8, unique=True), st.sampled_from(["string", "timestamp", "integer", "date", "boolean"]))
def test_vectors_agree_with_the_scalar_when_given_any_text(cells: list[str], type_: str) -> None:
    column = make_column(type_, classification="personal")
    reading = Reading(2021, None, None)
    read = ColumnReader(column, None, reading).read(pa.array(cells, pa.string()))
    outcomes = [read_cell(cell, column, None, reading) for cell in cells]
    if any(isinstance(item, Fault) and item.rule == "date.month_first" for item in outcomes):
        return  # the column's order is judged as a whole: a test of its own
    assert dict(read.missing) == {place: item.reason for place, item in enumerate(outcomes) if isinstance(item, Missing)}
    assert {place: problem.rule for place, problem in read.problems} == {
        place: item.rule for place, item in enumerate(outcomes) if isinstance(item, Fault)
    }
    assert read.values.to_pylist() == [None if isinstance(item, Missing | Fault) else item for item in outcomes]
