"""The declarations load, agree with each other, and a wrong one is refused with its file's name."""

import re
import shutil
from pathlib import Path

import pytest

from pipc_etl.contracts import fold, load_catalog
from pipc_etl.contracts.versions import changed_since_published, check_history, compare, fingerprints
from pipc_etl.errors import ContractError
from pipc_etl.settings import PROJECT_ROOT

EXPECTATIONS = PROJECT_ROOT / "expectations"
KINDS = {
    "dependency_registry", "activity_plan", "plan_change_request", "execution_report", "commitment", "session",
    "attendance_form", "evaluation_form", "attendance_count", "period_closing",
    "social_metric", "citizen_question", "proposed_topic",
    "indicator_value", "self_assessment", "accountability_schedule",
}  # fmt: skip


@pytest.fixture
def expectations(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXPECTATIONS, tmp_path / "expectations"))


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_kind_of_the_main_job_is_declared_when_the_catalogue_loads() -> None:
    catalog = load_catalog(EXPECTATIONS)
    assert set(catalog.contracts) == KINDS
    assert all(contract.columns and contract.submission_key for contract in catalog.contracts.values())
    order = catalog.load_order()
    assert sorted(order) == sorted(KINDS)
    assert order.index("dependency_registry") < order.index("activity_plan") < order.index("execution_report")


def test_plans_go_with_their_requests_and_closings_when_kinds_are_ranked() -> None:
    catalog = load_catalog(EXPECTATIONS)
    together = ("plan_change_request", "activity_plan", "period_closing")
    assert catalog.contracts["activity_plan"].judged_with == together
    ranks = catalog.load_ranks()
    place = ranks["activity_plan"][0]
    assert place > ranks["dependency_registry"][0]
    assert [ranks[kind] for kind in together] == [(place, 0), (place, 1), (place, 2)]
    assert ranks["dependency_registry"] < ranks["activity_plan"] < ranks["execution_report"]
    assert set(together) <= catalog.needed_by("attendance_form")


def test_personal_columns_are_the_named_ones_when_forms_are_declared() -> None:
    catalog = load_catalog(EXPECTATIONS)
    personal = {
        kind: {c.name for c in contract.personal_columns} for kind, contract in catalog.contracts.items() if contract.personal_columns
    }
    assert personal == {
        "attendance_form": {"full_name", "document_number", "email", "phone"},
        "dependency_registry": {"head_name", "head_email", "contact_email"},
        "commitment": {"requested_by"},
        "citizen_question": {"question_text"},
    }


def test_twelve_months_are_programmed_when_the_plan_is_declared() -> None:
    plan = load_catalog(EXPECTATIONS).contracts["activity_plan"]
    months = [column for column in plan.columns if re.fullmatch(r"month_\d\d_qty", column.name)]
    assert [column.title for column in months][::11] == ["Enero", "Diciembre"]
    assert len(months) == 12
    assert all(column.type == "integer" and column.minimum == 0 and not column.required for column in months)


def test_every_text_is_spanish_prose_when_rules_are_read() -> None:
    rules = [rule for contract in load_catalog(EXPECTATIONS).contracts.values() for rule in contract.rules]
    assert len(rules) >= 50
    for rule in rules:
        assert rule.message.endswith((".", "?")), rule.id
        assert rule.remedy.endswith("."), rule.id


def test_a_label_and_its_alias_find_the_same_code_when_accents_and_case_differ() -> None:
    localities = load_catalog(EXPECTATIONS).codelists["locality"]
    assert len(localities.codes) == 21
    found = {spelling: localities.find(spelling) for spelling in ("Los Mártires", "MARTIRES", "14", "  los  martires ")}
    assert {code.code for code in found.values() if code} == {"14"}
    assert localities.find("8") == localities.find("KENNEDY")
    assert localities.find("Medellín") is None
    assert fold("N.º  Cédula ") == "n o cedula"


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("session.odcs.yaml", "name: title", "name: session_code", "two columns share a name"),
        ("session.odcs.yaml", "value: locality", "value: comuna", "missing codelist comuna"),
        ("session.odcs.yaml", "severity: warning", "severity: fatal", "unknown severity fatal"),
        ("session.odcs.yaml", "synonym: Evento", "synonym: Tema", "stands for both"),
        ("session.odcs.yaml", "property: dependsOn", "property: dependOn", "unknown customProperties dependOn"),
        ("session.odcs.yaml", "- session_on\n", "- held_on\n", "marks columns that do not exist"),
        ("session.odcs.yaml", "name: session\n", "name: sitting\n", "declares the kind sitting"),
        ("commitment.odcs.yaml", "- status_cutoff\n", "- corte\n", "submission key names unknown fields"),
        (
            "activity_plan.odcs.yaml",
            "  - plan_change_request\n  - activity_plan\n",
            "  - plan_change_request\n",
            "does not name the kind itself",
        ),
        ("activity_plan.odcs.yaml", "  - period_closing\n", "  - period_closing\n  - attendance_form\n", "mend judgedWith"),
        ("codelists/sex.csv", "male,Hombre", "male,Mujer", "stands for both"),
        ("codelists/sex.csv", "code,label", "codigo,label", "the header must be"),
    ],
)
def test_the_catalogue_is_refused_when_a_declaration_contradicts_itself(
    expectations: Path, file: str, old: str, new: str, complaint: str
) -> None:
    _edit(expectations / file, old, new)
    with pytest.raises(ContractError, match=re.escape(complaint)):
        load_catalog(expectations)


def _next_version(expectations: Path, old: str, new: str, version: str) -> Path:
    path = expectations / "session.odcs.yaml"
    (expectations / "versions").mkdir(exist_ok=True)
    shutil.copy(path, expectations / "versions" / "session-1.0.0.odcs.yaml")
    _edit(path, "version: 1.0.0", f"version: {version}")
    _edit(path, old, new)
    return path


def test_a_new_synonym_is_no_break_when_versions_are_compared(expectations: Path) -> None:
    _next_version(expectations, "- synonym: Evento", "- synonym: Evento\n    - synonym: Jornada", "1.1.0")
    catalog = load_catalog(expectations)
    old, new = catalog.versions("session")
    assert [(change.column, change.what, change.breaking) for change in compare(old, new)] == [("title", "new synonyms", False)]
    check_history(catalog)


def test_a_break_needs_a_major_version_when_a_type_changes(expectations: Path) -> None:
    path = _next_version(expectations, "logicalType: number", "logicalType: integer", "1.1.0")
    with pytest.raises(ContractError, match=r"duration_hours type.*new major version"):
        check_history(load_catalog(expectations))
    _edit(path, "version: 1.1.0", "version: 2.0.0")
    check_history(load_catalog(expectations))


def test_a_declaration_that_is_no_longer_read_is_a_break_when_versions_are_compared(expectations: Path) -> None:
    before, after = load_catalog(expectations).versions("execution_report")
    assert (before.empty_declaration, after.empty_declaration) == (None, "¿Sin actividades este mes?")
    assert compare(before, after) == ()
    assert [change.breaking for change in compare(after, before)] == [True]


def test_published_declarations_are_frozen_when_their_bytes_are_compared(expectations: Path) -> None:
    published = {
        *(f"{kind}.odcs.yaml" for kind in KINDS),
        "versions/activity_plan-1.0.0.odcs.yaml",
        "versions/activity_plan-1.1.0.odcs.yaml",
        "versions/execution_report-1.0.0.odcs.yaml",
    }
    assert set(fingerprints(expectations)) == published
    assert len((expectations / "versions.lock").read_text("ascii").splitlines()) == len(published)
    assert changed_since_published(expectations) == [], "a published declaration is frozen: make a new version of it"
    _edit(expectations / "session.odcs.yaml", "synonym: Evento", "synonym: Jornada")
    assert changed_since_published(expectations) == ["session.odcs.yaml"]
