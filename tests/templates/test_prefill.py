"""What the warehouse knows stands in the template already; what cannot be asked for is refused in Spanish, with what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from examples import judge
from known import ACTIVITIES, ENTITY, put
from sqlalchemy import Connection

from pipc_etl.contracts import Catalog
from pipc_etl.contracts.due_days import due_on
from pipc_etl.intake import Envelope, ReaderPool, read_batch
from pipc_etl.settings import PROJECT_ROOT, Settings
from pipc_etl.templates.problems import TemplateError
from pipc_etl.templates.rendering import Asked, Rendered, month_due, render_asked, render_blank
from pipc_etl.templates.sources import OPEN_STATUSES
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.ingest import ingest_paths

TODAY = date(2023, 6, 2)
Ask = Callable[..., Rendered]


@pytest.fixture
def connection(planned: Settings) -> Iterator[Connection]:
    engine = role_engine(planned, "loader")
    with engine.begin() as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def ask(connection: Connection, catalog: Catalog) -> Ask:
    def asking(
        kind: str, dependency: str = "TIC", period: str | None = "2023-M05", *, plan: str | None = "PIPC", entity: str = ENTITY
    ) -> Rendered:
        return render_asked(connection, catalog, Asked(kind, entity, dependency, 2023, period, plan), TODAY)

    return asking


def test_every_activity_has_its_line_when_a_month_is_programmed(ask: Ask) -> None:
    made = ask("execution_report")
    assert made.name == "reporte-mensual-de-ejecucion-PIPC-TIC-2023-M05.xlsx"
    lines = [(line.values["activity_code"], line.values["programmed_qty"]) for line in made.template.lines]
    assert lines == [("T-1", 2), ("T-2", None)], "those of the month first, the cancelled one never"
    assert {"plan_code", "activity_code", "month", "programmed_qty"} <= made.template.lines[0].locked
    assert not made.template.asks_whether_empty
    assert "corrected_by" in made.template.omitted
    assert [choice.value for choice in made.template.choices["activity_code"]] == ["T-2", "T-1"]
    assert (made.template.plan and made.template.plan.version) == 1
    assert made.template.due_on == date(2023, 6, 7)


def test_the_cell_that_says_so_stands_alone_when_nothing_is_programmed(ask: Ask) -> None:
    made = ask("execution_report", period="2023-M09")
    assert made.template.asks_whether_empty
    assert made.lines == 0


def test_nobody_is_asked_whether_nothing_happened_when_another_plan_has_something(ask: Ask) -> None:
    made = ask("execution_report", "OAP", "2023-M08")
    assert not made.template.asks_whether_empty, "the declaration speaks for every plan of the dependency"
    assert [line.values["programmed_qty"] for line in made.template.lines] == [None]
    assert ask("execution_report", "OAP", "2023-M08", plan="RDC").lines == 1


def test_corrections_are_offered_when_the_planning_office_asks(ask: Ask) -> None:
    assert "corrected_by" not in ask("execution_report", "OAP", "2023-M07").template.omitted


def test_next_version_is_written_when_the_plan_is_amended(ask: Ask) -> None:
    made = ask("activity_plan", "OAP", "2023")
    assert [line.values["activity_code"] for line in made.template.lines] == [row["activity_code"] for row in ACTIVITIES]
    assert {line.values["plan_version"] for line in made.template.lines} == {2}
    assert {line.values["approved_on"] for line in made.template.lines} == {None}
    assert made.template.closed == {"month_04_qty"}
    assert all("month_04_qty" in line.locked and "month_05_qty" not in line.locked for line in made.template.lines)


def test_sessions_come_with_their_codes_when_the_plan_programmes_meetings(ask: Ask) -> None:
    made, again = ask("session"), ask("session")
    codes = [line.values["session_code"] for line in made.template.lines]
    assert len(set(codes)) == 2, "two workshops in May; a publication is no meeting"
    assert [line.values["activity_code"] for line in made.template.lines] == ["T-1", "T-1"]
    assert made.content == again.content


def test_open_commitments_are_asked_again_when_the_next_cutoff_comes(ask: Ask, connection: Connection) -> None:
    made = ask("commitment", period="2023-M06")
    (line,) = made.template.lines
    assert (line.values["commitment_code"], line.values["status"]) == ("C-1", "in_progress")
    assert line.values["status_cutoff"] == date(2023, 6, 30)
    assert "requested_by" not in line.values, "names of people never leave schema private"
    assert ask("commitment", period="2023-M05").lines == 0, "no cut-off before"


def test_open_is_what_the_marts_call_open_when_both_are_compared() -> None:
    sql = (PROJECT_ROOT / "dbt_project/models/marts/commitment/fct_commitment.sql").read_text(encoding="utf-8")
    listed = re.search(r"status in \(([^)]*)\) as is_open", sql)
    assert listed is not None
    assert tuple(re.findall(r"'(\w+)'", listed[1])) == OPEN_STATUSES


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"kind": "reporte"}, "«reporte» no es un formato. Los formatos son accountability_schedule, activity_plan, "),
        ({"kind": "sesion"}, "¿Es «session»?"),
        ({"kind": "session", "entity": "alcaldía"}, "«alcaldía» no está en el registro. ¿Es «alcaldia»? Las registradas son alcaldia."),
        ({"kind": "session", "dependency": "tic"}, "¿Es «TIC»? Las registradas son DESP, GAB, OAP, TIC."),
        ({"kind": "session", "period": "2023-13"}, "«2023-13» no es un período"),
        ({"kind": "execution_report", "period": "2023"}, "La ejecución se reporta mes a mes"),
        ({"kind": "execution_report", "period": "2024-M05"}, "no es un plan vigente en 2024. Los vigentes son: ninguno"),
        ({"kind": "execution_report", "period": "2024-M05", "plan": None}, "alcaldia no tiene un plan vigente en 2024"),
        ({"kind": "execution_report", "plan": None}, "diga cuál con --plan (PIPC, RDC)"),
        ({"kind": "execution_report", "plan": "RDC"}, "TIC no tiene actividades en el plan RDC, versión 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_said_when_it_is_asked_for(asked: dict[str, str], said: str, ask: Ask) -> None:
    with pytest.raises(TemplateError, match=re.escape(said)):
        ask(**asked)


def test_month_due_is_the_last_one_until_its_day_has_passed(catalog: Catalog) -> None:
    contract = catalog.contracts["execution_report"]
    due = due_on(contract, "2022-M12")
    assert due == date(2023, 1, 6)
    assert month_due(contract, due) == "2022-M12"
    assert month_due(contract, date(2023, 1, 10)) == "2023-M01"


def test_format_alone_is_given_when_nothing_is_known(catalog: Catalog) -> None:
    made = render_blank(catalog, "execution_report", None, None, None, TODAY)
    assert made.lines == 0
    assert made.template.asks_whether_empty
    assert made.name == "reporte-mensual-de-ejecucion.xlsx"


@pytest.mark.parametrize(("kind", "dependency", "period"), [("execution_report", "TIC", "2023-M05"), ("commitment", "TIC", "2023-M06")])
def test_nothing_is_wrong_when_the_lines_come_back_as_they_were(
    kind: str, dependency: str, period: str, ask: Ask, catalog: Catalog, pool: ReaderPool, tmp_path: Path
) -> None:
    made = ask(kind, dependency, period)
    path = tmp_path / made.name
    path.write_bytes(made.content)
    batch = read_batch(path, catalog.contracts[kind], catalog, Envelope(ENTITY, dependency, kind, period, path.name), pool)
    assert len(batch.frame) == made.lines > 0
    assert [(finding.rule, finding.cell) for finding in judge(batch, catalog).findings] == []


def test_sender_is_told_when_the_plan_has_moved_on(planned: Settings, catalog: Catalog) -> None:
    engine = role_engine(planned, "loader")
    with engine.begin() as opened:
        made = render_asked(opened, catalog, Asked("execution_report", ENTITY, "TIC", 2022, "2022-M05", None), TODAY)
    engine.dispose()
    plan = [
        {**row, "fiscal_year": 2022, "plan_version": 2, "approved_on": "2022-06-30", "effective_from": "2022-07"} for row in ACTIVITIES[:3]
    ]
    (amended,) = ingest_paths([put(planned, catalog, "OAP/activity_plan/2022", plan, "v2.csv")], planned)
    assert amended.loaded, amended.findings
    path = planned.landing / ENTITY / "TIC/execution_report/2022-M05" / made.name
    path.parent.mkdir(parents=True)
    path.write_bytes(made.content)
    (outcome,) = ingest_paths([path], planned)
    (finding,) = [finding for finding in outcome.findings if finding.rule == "template.old_plan"]
    assert outcome.state == "accepted_with_observations"
    assert "la versión 1 del plan PIPC y ya rige la 2" in finding.message
