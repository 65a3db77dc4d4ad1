"""What the reconciliation remarks on: invented figures that contradict each other, and the plan of 2020 as it was reconstructed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection

from pipc_etl.publish.composing.marts import MartReader
from pipc_etl.publish.document import Figure
from pipc_etl.publish.numbers import Rounding
from pipc_etl.publish.reconciliation.plans import plan_remarks
from pipc_etl.publish.reconciliation.printed import printed_remarks
from pipc_etl.publish.reconciliation.remark import Remark, as_notes
from pipc_etl.publish.reconciliation.remarks import remarks
from pipc_etl.warehouse.engine import role_engine
from tests.reconstruction import Reconstruction

WHOLE = Rounding("half_up", 0)


def figure(key: str, value: str | None, mart: str, **more: Any) -> tuple[str, Figure]:
    """A figure with only what the checks look at."""
    number = None if value is None else Decimal(value)
    given: dict[str, Any] = {
        "label": "Medida", "subject": "Asunto", "measure": key.rpartition("/")[2], "period_code": "2021-C2", "cutoff": date(2021, 8, 31),
        "shown": value or "Pend.", "rounding": Rounding("exact"), "definition": "", "formula": "", "query": "",
    }  # fmt: skip
    return key, Figure(key=key, value=number, mart=mart, **given | more)


def percent(key: str, done: int, due: int, shown: str | None = None, rounding: Rounding = WHOLE, **more: Any) -> tuple[str, Figure]:
    value = Decimal(100 * done) / due
    printed = shown or f"{rounding.shown(value)}\N{NO-BREAK SPACE}%"
    mart = str(more.pop("mart", "rpt_plan_compliance"))
    numbers = {"numerator": Decimal(done), "denominator": Decimal(due)}
    return figure(key, str(value), mart, shown=printed, unit="percent", rounding=rounding, **numbers, **more)


def texts(*figures: tuple[str, Figure]) -> list[tuple[str, str]]:
    return [(remark.severity, remark.text) for remark in printed_remarks(dict(figures))]


def test_a_percent_that_is_not_its_numbers_is_a_contradiction() -> None:
    right = percent("plan/P/2021-C2/execution_pct", 29, 26)
    key, wrong = percent("plan/P/2021-C2/compliance_pct", 42, 40)
    assert texts(right, (key, wrong)) == []
    assert texts(right, (key, replace(wrong, value=Decimal(112)))) == [
        ("error", "«Asunto», medida (segundo cuatrimestre de 2021): 105\N{NO-BREAK SPACE}% no es lo que dan sus números (42 de 40).")
    ]


@pytest.mark.parametrize(
    ("mode", "shown", "holds"),
    [("half_up", "112 %", True), ("half_up", "111 %", False), ("truncate", "111 %", True), ("truncate", "112 %", False)],
)
def test_the_printed_percent_is_rounded_as_the_report_does(mode: Any, shown: str, holds: bool) -> None:
    found = texts(percent("plan/P/2021-C2/execution_pct", 29, 26, shown, Rounding(mode, 0)))
    assert [severity for severity, _ in found] == ([] if holds else ["error"])


def test_a_printed_percent_that_only_begins_like_its_numbers_is_a_contradiction() -> None:
    found = texts(percent("plan/P/2021-C2/execution_pct", 3, 27, "112\N{NO-BREAK SPACE}%"))
    assert [severity for severity, _ in found] == ["error"]


def test_parts_that_do_not_add_up_to_the_plan_are_named_with_both_sums() -> None:
    plan = figure("plan/P/2021-C2/executed_qty", "29", "rpt_plan_compliance")
    parts = [
        figure(f"group/P/{name}/2021-C2/executed_qty", value, "rpt_reporting_group_compliance")
        for name, value in (("a", "16"), ("b", "12"))
    ]
    other_plan = figure("group/Q/c/2021-C2/executed_qty", "500", "rpt_reporting_group_compliance")
    assert texts(plan, *parts, other_plan) == [
        ("error", "«Asunto», medida (segundo cuatrimestre de 2021): las partes suman 28 y el total publicado es 29.")
    ]
    assert texts(plan, *parts, figure("group/P/d/2021-C2/executed_qty", "1", "rpt_reporting_group_compliance"), other_plan) == []


def test_done_and_pending_are_the_whole_year_but_truncated_they_may_miss_100() -> None:
    def year(done: int, pending: int, of: int, rounding: Rounding) -> list[tuple[str, Figure]]:
        return [
            percent("plan/P/2021-S1/progress_pct", done, of, rounding=rounding, subject="Plan"),
            percent("plan/P/2021-S1/pending_pct", pending, of, rounding=rounding, subject="Plan"),
        ]

    space = "\N{NO-BREAK SPACE}"
    assert texts(*year(42, 26, 68, WHOLE)) == []
    assert texts(*year(4, 11, 15, Rounding("truncate", 0))) == [
        ("warning", f"«Plan»: 26{space}% de avance y 73{space}% por ejecutar suman 99 al truncar; sin truncar son 100.")
    ]
    assert [severity for severity, _ in texts(*year(4, 10, 15, WHOLE))] == ["error"]


def test_commitments_in_charge_and_not_add_up_to_the_collected() -> None:
    def month(in_charge: str | None) -> list[tuple[str, Figure]]:
        values = {"collected_qty": "70", "in_charge_qty": in_charge, "not_in_charge_qty": "50"}
        return [figure(f"commitments/mesas/2021-M05/{name}", value, "rpt_commitments_by_month") for name, value in values.items()]

    assert texts(*month("20")) == []
    assert texts(*month(None)) == [], "what is not known contradicts nothing"
    assert [severity for severity, _ in texts(*month("21"))] == ["error"]


def test_the_percents_of_a_question_have_one_base_and_add_up_to_it() -> None:
    def profile(counts: dict[str, int], base: int) -> list[tuple[str, Figure]]:
        return [
            percent(f"profile/2021/sex/{name}/pct", done, base, mart="rpt_attendance_profile", subject=f"Sexo: {name}")
            for name, done in counts.items()
        ]

    sexes = {"female": 121, "male": 83, "no_answer": 49}
    assert texts(*profile(sexes, 253)) == []
    assert [severity for severity, _ in texts(*profile(sexes, 260))] == ["error"]
    thirds = texts(*profile({"a": 1, "b": 1, "c": 1}, 3))
    assert thirds == [("warning", "Sexo: los porcentajes publicados suman 99 por el redondeo; los números sí suman la base.")]
    assert [severity for severity, _ in texts(*profile({"a": 1}, 3), *profile({"b": 3}, 4))] == ["error"]


def activity(code: str, due: int, done: int, **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "plan_code": "P", "plan_name": "Plan", "activity_code": code, "activity_name": code, "reporting_group": "Grupo",
        "dependency_name": "D",        "programmed_to_date_qty": due, "executed_to_date_qty": done, "shortfall_qty": max(0, due - done),
        "unjustified_qty": 0,
        "carried_over_qty": 0, "rescheduled_qty": 0, "justified_qty": 0, "unit_of_measure": "Taller",
    }  # fmt: skip
    return row | more


def test_a_shortfall_that_is_not_all_justified_says_what_no_reader_noticed() -> None:
    rows = [
        activity("Visitas", 4, 2, carried_over_qty=2),
        activity("Encuentro", 1, 0, justified_qty=1),
        activity("Agendas", 9, 8, unjustified_qty=1),
    ]
    (remark,) = plan_remarks(rows, {}, Rounding("half_up", 1))
    assert remark.severity == "warning"
    assert remark.text == (
        "Grupo: al corte faltan 4 unidades, los reportes explican 3 (2 unidades que pasan a la vigencia siguiente y 1 unidad que tiene "
        "justificación) y 1 queda sin justificar, en «Agendas». Con solo 3 unidades sin ejecutar, ningún número entero da 71,4 %."
    )
    assert plan_remarks(rows[:2], {}, Rounding("half_up", 1)) == (), "all of it is explained"


def test_a_surplus_that_covers_a_shortfall_is_told() -> None:
    found = plan_remarks([activity("Estrategia", 9, 11), activity("Ejercicios", 5, 4, rescheduled_qty=1)], {}, WHOLE)
    assert [remark.text for remark in found] == [
        "«Plan» cumple a corte 107 %, pero 1 actividad no llega a lo programado: «Ejercicios» (4 de 5). Lo que sobra en otras lo tapa."
    ]


def test_sessions_are_compared_only_where_they_are_the_unit_and_some_are_known() -> None:
    rows = [
        activity("Mesas", 6, 6, unit_of_measure="Sesión"),
        activity("Talleres", 3, 3),
        activity("Comités", 2, 2, unit_of_measure="Sesión"),
    ]
    found = plan_remarks(rows, {("P", "Mesas"): 5, ("P", "Talleres"): 9}, WHOLE)
    assert [remark.text for remark in found] == ["«Mesas»: se reportaron 6 sesiones ejecutadas y hay registro de 5 sesiones realizadas."]


def test_contradictions_are_printed_before_observations() -> None:
    notes = as_notes([Remark("warning", "dos"), Remark("error", "uno")])
    assert [(note.kind, note.text) for note in notes] == [("reconciliation", ("uno",)), ("reconciliation", ("dos",))]


@pytest.fixture(scope="module")
def connection(reconstruction: Reconstruction) -> Iterator[Connection]:
    engine = role_engine(reconstruction.settings, "analyst")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_the_plan_of_2020_misses_a_unit_that_its_report_did_not_justify(connection: Connection) -> None:
    marts = MartReader(connection, "secretaria-general", date(2020, 12, 31), datetime.now(UTC))
    found = remarks({}, marts, ("PIPC",), "2020", Rounding("half_up", 1))
    assert [remark.text.partition(":")[0] for remark in found] == ["Alta Consejería Distrital TIC"]
    assert found[0].text.endswith("Con solo 3 unidades sin ejecutar, ningún número entero da 71,4 %.")
    assert "faltan 4 unidades, los reportes explican 3" in found[0].text


def test_the_plan_of_2021_hides_an_activity_that_is_behind(connection: Connection) -> None:
    marts = MartReader(connection, "secretaria-general", date(2021, 8, 31), datetime.now(UTC))
    found = remarks({}, marts, ("PIPC",), "2021-C2", WHOLE)
    assert [remark.text for remark in found] == [
        "«PIPC 2021» cumple a corte 105 %, pero 1 actividad no llega a lo programado: "
        "«Realizar ejercicios de apropiación digital» (4 de 5). Lo que sobra en otras lo tapa."
    ]
