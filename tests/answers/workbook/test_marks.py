"""The sender's own workbook comes back with its cells marked; another library reads the marks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipc_etl.answers.review import Comparison, Observation
from pipc_etl.answers.workbook import Feedback, feedback_name
from pipc_etl.contracts import Finding
from tests.answers.workbook.feedback_files import (
    SHEET,
    MakeFeedback,
    a_review,
    cells_of,
    colours,
    comments,
    finding,
    opened,
    parts,
    pending_lines,
    rich_workbook,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
RED, YELLOW, BLUE, PURPLE = "FFC7CE", "FFEB9C", "DDEBF7", "E4DFEC"
FINDINGS = (
    finding("number.invalid", "error", "E5"),
    finding("date.invalid", "error", "D8", "month"),
    finding("executed_more", "warning", "E7"),
    finding("too", "info", "E7"),
    finding("codes", "error", "B5:B6, B9", "activity_code", scope="file"),
    finding("header.missing", "error", None, "month", scope="sheet", row=4),
    finding("file.rejected_whole", "error", None, scope="file", sheet=None, column=None),
    finding("hidden.sheet", "warning", None, scope="sheet", sheet="Borrador", column=None),
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rich_workbook(tmp_path_factory.mktemp("rich") / "reporte mayo.xlsx")


@pytest.fixture(scope="module")
def marked(source: Path, feedback: MakeFeedback) -> Feedback:
    observations = (
        Observation("Falta el acta de la sesión.", "Luz Rojas", datetime(2021, 6, 10, 3, tzinfo=UTC), activity_code="GAB-03"),
        Observation("Revise el total.", "Luz Rojas", datetime(2021, 6, 10, 20, tzinfo=UTC), sheet="Notas", cell="B1"),
    )
    review = a_review(
        *FINDINGS,
        observations=observations,
        activity_cells={"GAB-03": (SHEET, "B7")},
        rows={(SHEET, 5): (("Código de la actividad", "GAB-01"), ("Ejecutado", "dos"))},
        facts=(("Fecha límite", "08/06/2021"),),
        comparison=Comparison(7, None, (finding("gone", "error", "C6", "month"),), frozenset({0, 2})),
    )
    return feedback(source, review)


def test_name_tells_what_it_is_when_feedback_is_made(marked: Feedback) -> None:
    assert (marked.name, marked.form) == ("reporte mayo - revisado.xlsx", "edited")
    assert feedback_name("x.ods") == "x - revisado.xlsx"
    assert feedback_name("x.xlsm", has_macros=True) == "x - revisado.xlsm"
    assert feedback_name("x - revisado (2).xlsx") == "x - revisado.xlsx"
    assert feedback_name("plan.v2.csv") == "plan.v2 - revisado.xlsx"


def test_cells_have_the_colour_of_the_gravest_when_read_back(marked: Feedback) -> None:
    book = opened(marked)
    found = colours(book[SHEET])
    assert found == {"E5": RED, "D8": RED, "B5:B6": RED, "B9": RED, "B7": PURPLE, "E7": BLUE}
    # E7 has two: the warning stands first, so that it is what is seen.
    rules = [(str(formats.sqref), rule.priority) for formats in book[SHEET].conditional_formatting for rule in formats.rules]
    ours = [(cells, priority) for cells, priority in rules if priority <= 4]
    assert [priority for _, priority in sorted(ours, key=lambda rule: rule[1])] == [1, 2, 3, 4]
    assert dict(rules)["E7"] == 4
    assert ("E7", 3) in ours
    assert colours(book["Notas"]) == {"B1": PURPLE}


def test_comments_say_problem_and_remedy_in_words_when_read_back(marked: Feedback) -> None:
    found = comments(opened(marked)[SHEET])
    assert set(found) == {"A4", "B5", "B7", "D8", "E5", "E7"}
    assert found["D8"] == "[Revisión PIPC]\nError: Falla date.invalid en D8.\nCómo se corrige: Remedio de date.invalid."
    assert found["E7"].count("Advertencia: ") == found["E7"].count("Nota: ") == 1
    assert found["E7"].index("Advertencia") < found["E7"].index("Nota")
    assert found["B7"] == "[Revisión PIPC]\nObservación: Falta el acta de la sesión.\n(Oficina de planeación: Luz Rojas, 09/06/2021)"
    # What the sender wrote stays, ours below it.
    assert found["E5"].startswith("Lo conté dos veces\n\n[Revisión PIPC]\nError: ")
    assert found["A4"] == "El código lo da la oficina"
    assert marked.commented == 6  # with that on «Notas»


def test_every_finding_is_a_line_with_its_link_when_pendientes_is_read(marked: Feedback) -> None:
    book = opened(marked)
    assert book.active is book.worksheets[0]
    assert book.sheetnames == ["Pendientes", "Notas", SHEET, "Gráfica", "Borrador"]
    lines = pending_lines(book)
    table, rest = lines[:10], lines[10:]
    assert [line["Gravedad"] for line in table] == ["Error"] * 5 + ["Observación"] * 2 + ["Advertencia"] * 2 + ["Nota"]
    by_message = {line["Qué pasa"]: line for line in table}
    first = by_message["Falla number.invalid en E5."]
    assert first == {
        "Gravedad": "Error", "Hoja": SHEET, "Celda": "E5", "Columna": "Ejecutado", "Qué pasa": "Falla number.invalid en E5.",
        "Cómo se corrige": "Remedio de number.invalid.", "Lo que dice la fila": "Código de la actividad: GAB-01 · Ejecutado: dos",
        "Desde cuándo": "Continúa: ya estaba en la entrega 7", "link": f"'{SHEET}'!E5",
    }  # fmt: skip
    places = {line["Celda"]: (line["link"], line["Desde cuándo"]) for line in table if line["Gravedad"] == "Error"}
    assert places["B5:B6, B9"] == (f"'{SHEET}'!B5:B6", "Nueva")
    assert places["fila 4"] == (f"'{SHEET}'!A4", "Nueva")
    assert places["archivo"] == ("", "Nueva")
    assert by_message["Falla hidden.sheet en None."]["link"] == ""
    assert by_message["Revise el total."]["link"] == "'Notas'!B1"
    assert by_message["Falta el acta de la sesión."]["Columna"] == "Actividad GAB-03"
    assert by_message["Falta el acta de la sesión."]["Desde cuándo"] == "Oficina de planeación: Luz Rojas, 09/06/2021"
    assert [line["Gravedad"] for line in rest] == ["", "Ya resuelto: estaba en la entrega 7 y no está en esta", "Resuelta"]
    assert rest[-1]["Celda"] == "C6"


def test_totals_and_facts_stand_on_top_when_pendientes_is_read(marked: Feedback) -> None:
    top = [[cell.value for cell in row if cell.value] for row in opened(marked).worksheets[0].iter_rows(max_row=6)]
    assert top[0] == ["Pendientes de su entrega · Revisión PIPC"]
    assert top[1] == ["Reporte de ejecución · Oficina de Planeación · mayo de 2021 · entrega número 12 · reporte mayo.xlsx"]
    assert top[2] == ["Devuelto. Corrija."]
    assert top[4] == ["Fecha límite: 08/06/2021"]
    assert top[5] == [
        "5 errores",
        "2 advertencias",
        "1 nota",
        "2 observaciones",
        "Frente a la entrega 7: 1 resuelta, 2 continúan, 5 nuevas",
        "Filas: 5 leídas, 3 aceptadas, 2 apartadas",
    ]


def test_everything_else_is_the_same_bytes_when_parts_are_compared(source: Path, marked: Feedback) -> None:
    before, after = parts(source), parts(marked.content)
    assert len(before) > 18
    assert set(before) <= set(after)
    changed = {name for name in before if before[name] != after[name]}
    sheet, notes = "xl/worksheets/sheet2.xml", "xl/worksheets/sheet1.xml"
    assert changed == {
        "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", sheet, notes, "xl/comments1.xml",
        "xl/drawings/vmlDrawing1.vml",
    }  # fmt: skip
    assert set(after) - set(before) == {
        "xl/worksheets/sheet4.xml", "xl/comments2.xml", "xl/drawings/vmlDrawing2.vml", "xl/worksheets/_rels/sheet1.xml.rels",
    }  # fmt: skip
    for name in (sheet, notes):
        assert cells_of(before[name]) == cells_of(after[name])
    assert {"xl/charts/chart1.xml", "xl/media/image1.png", "xl/drawings/drawing1.xml"} <= set(before) - changed


def test_names_follow_their_sheets_when_one_is_put_before_them(marked: Feedback) -> None:
    book = opened(marked)
    assert book[SHEET].print_title_rows == "$4:$4"
    assert "Total" in book[SHEET].defined_names
    assert "Todo" in book.defined_names
    assert book[SHEET].auto_filter.ref == "A4:E9"
    assert book["Pendientes"].print_title_rows == "$7:$7"
    # Two chosen tabs would both take what is typed into one.
    assert [sheet.title for sheet in book.worksheets if sheet.sheet_view.tabSelected] == ["Pendientes"]
    assert book["Borrador"].sheet_state == "hidden"


def test_own_formats_of_the_sender_stay_below_ours_when_read_back(marked: Feedback) -> None:
    rules = [rule for formats in opened(marked)[SHEET].conditional_formatting for rule in formats.rules]
    own = {rule.type: rule.priority for rule in rules if rule.type != "expression"}
    assert set(own) == {"cellIs", "dataBar"}
    assert min(own.values()) > max(rule.priority for rule in rules if rule.type == "expression")


def test_text_is_never_a_formula_when_it_begins_like_one(source: Path, feedback: MakeFeedback) -> None:
    texts = ["=1+1", "+57 300", "-3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x.example","y")']
    findings = [finding(f"r{number}", "error", "E5", message=text, remedy=text) for number, text in enumerate(texts)]
    review = a_review(*findings, rows={(SHEET, 5): (("=Ejecutado", "=cmd|' /C calc'!A0"),)}, title="=Título", sender="@x")
    answer = feedback(source, review)
    book = opened(answer)
    sheet = book.worksheets[0]
    lines = [row for row in sheet.iter_rows() if row[0].value == "Error"]
    assert [row[4].value for row in lines] == texts
    for row in lines:
        assert {cell.data_type for cell in row if cell.value} == {"s"}
        assert row[4].quotePrefix
        assert row[5].quotePrefix
        assert row[6].quotePrefix
    page = next(xml for xml in parts(answer.content).values() if b"showGridLines" in xml and b"Revisi" in xml)
    assert b"<f>" not in page
    assert all(link.location.startswith(f"'{SHEET}'!") for link in sheet._hyperlinks)


def test_strange_characters_are_kept_out_of_the_xml_when_a_text_has_them(source: Path, feedback: MakeFeedback) -> None:
    answer = feedback(source, a_review(finding("r", "error", "E5", message="a\x00b\x0b <&> _x0041_ \ud800")))
    assert "<&>" in pending_lines(opened(answer))[0]["Qué pasa"]
    assert "<&>" in comments(opened(answer)[SHEET])["E5"]


@pytest.fixture(scope="module")
def many(source: Path, feedback: MakeFeedback) -> tuple[tuple[Finding, ...], Feedback]:
    """10,000 findings: 4,000 equal ones in a column, 6,000 that are all different."""
    equal = [finding("same", "warning", f"E{row}", message="Falta.", remedy="Llene.") for row in range(5, 4005)]
    different = [finding("other", "error", f"D{row}", "month") for row in range(5, 12005, 2)]
    review = a_review(*equal, *different)
    return review.findings, feedback(source, review)


def test_file_is_usable_when_there_are_ten_thousand_findings(many: tuple[tuple[Finding, ...], Feedback]) -> None:
    findings, answer = many
    assert len(findings) == 10_000
    book = opened(answer)
    assert len(comments(book[SHEET])) == 2_000 + 2  # and two of the sender's own
    lines = pending_lines(book)
    assert len(lines) == 6_001
    assert {line["Celda"] for line in lines} == {f"D{row}" for row in range(5, 12005, 2)} | {"E5:E4004"}
    (grouped,) = (line for line in lines if line["Celda"] == "E5:E4004")
    assert grouped["Lo que dice la fila"] == "4.000 filas"
    found = colours(book[SHEET])
    assert found["E5:E4004"] == YELLOW
    assert sum(colour == RED for colour in found.values()) == 6_000
    # No rule speaks of more ranges than a spreadsheet takes.
    assert max(len(formats.sqref.ranges) for formats in book[SHEET].conditional_formatting) <= 400
    assert "primeras 2.000 celdas" in str(book.worksheets[0]["A4"].value)
    assert len(answer.content) < 2_000_000


def test_observation_is_marked_when_nobody_could_say_in_which_sheet(source: Path, feedback: MakeFeedback) -> None:
    said = Observation("Revise la cifra.", "Luz Rojas", datetime(2021, 6, 10, tzinfo=UTC), cell="D7")
    answer = feedback(source, a_review(finding("x", "error", "E5"), observations=(said,)))
    assert colours(opened(answer)[SHEET])["D7"] == PURPLE
    lone = feedback(source, a_review(observations=(said,)))
    assert [(line["Gravedad"], line["Celda"]) for line in pending_lines(opened(lone))] == [("Observación", "D7")]


def test_only_the_list_is_there_when_that_is_asked(source: Path, feedback: MakeFeedback) -> None:
    answer = feedback(source, a_review(*FINDINGS), pending_only=True)
    book = opened(answer)
    assert (answer.form, book.sheetnames) == ("alone", ["Pendientes"])
    assert len(pending_lines(book)) == len(FINDINGS)
    assert {line["link"] for line in pending_lines(book)} == {""}


def test_good_file_says_so_when_there_is_nothing_to_do(source: Path, feedback: MakeFeedback) -> None:
    answer = feedback(source, a_review())
    lines = pending_lines(opened(answer))
    assert [line["Gravedad"] for line in lines] == ["Sin pendientes"]
    assert colours(opened(answer)[SHEET]) == {}


def test_same_bytes_come_when_the_same_file_is_answered_twice(source: Path, feedback: MakeFeedback) -> None:
    first, second = (feedback(source, a_review(*FINDINGS)) for _ in range(2))
    assert first.content == second.content
