"""Response terms are declared with their norm and their dates, and refused where they overlap, leave a gap or have no type."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from pipc_etl.contracts import load_catalog
from pipc_etl.contracts.terms import TRANSFER, load_response_terms
from pipc_etl.errors import ContractError
from pipc_etl.settings import PROJECT_ROOT

EXPECTATIONS = PROJECT_ROOT / "expectations"
HEADER = "question_type,business_days,valid_from,valid_to,covers_pending,norm\n"


def days_on(kind: str, day: date) -> list[int]:
    terms = load_response_terms(EXPECTATIONS / "response_terms.csv")
    return [
        term.business_days
        for term in terms
        if term.question_type == kind and term.valid_from <= day and (term.valid_to is None or day <= term.valid_to)
    ]


@pytest.mark.parametrize(
    ("kind", "before", "emergency", "after"),
    [
        ("general", 15, 30, 15),
        ("information", 10, 20, 10),
        ("consultation", 30, 35, 30),
        ("accountability", 15, 15, 15),
        (TRANSFER, 5, 5, 5),
    ],
)
def test_days_are_those_of_the_norm_when_the_emergency_begins_and_ends(kind: str, before: int, emergency: int, after: int) -> None:
    days = (date(2020, 3, 27), date(2020, 3, 28), date(2022, 5, 17), date(2022, 5, 18))
    assert [days_on(kind, day) for day in days] == [[before], [emergency], [emergency], [after]]


def test_only_the_emergency_reaches_back_when_terms_are_read() -> None:
    terms = load_response_terms(EXPECTATIONS / "response_terms.csv")
    assert len(terms) == 11
    assert {term.norm for term in terms if term.covers_pending} == {"Decreto Legislativo 491 de 2020, artículo 5"}


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("general,15,2015-06-30,2020-03-27,no,Ley\ngeneral,30,2020-03-20,,no,Decreto\n", "general from 2020-03-20 does not follow"),
        ("general,15,2015-06-30,2020-03-27,no,Ley\ngeneral,30,2020-04-01,,no,Decreto\n", "general from 2020-04-01 does not follow"),
        ("general,15,2015-06-30,,no,Ley\ngeneral,30,2020-04-01,,no,Decreto\n", "general from 2020-04-01 does not follow"),
        ("general,0,2015-06-30,,no,Ley\n", "line 2: a term needs days and a norm"),
        ("general,15,2015-06-30,,no,\n", "line 2: a term needs days and a norm"),
        ("general,15,30/06/2015,,no,Ley\n", "line 2"),
        ("general,15,2015-06-30,,perhaps,Ley\n", "line 2"),
    ],
)
def test_terms_are_refused_when_they_make_no_sense(tmp_path: Path, lines: str, complaint: str) -> None:
    path = tmp_path / "response_terms.csv"
    path.write_text(HEADER + lines, encoding="utf-8")
    with pytest.raises(ContractError, match=complaint):
        load_response_terms(path)


@pytest.mark.parametrize(("old", "new"), [("accountability,15", "hearing,15"), ("transfer,5", "transfers,5")])
def test_the_catalogue_is_refused_when_a_type_of_question_has_no_term(tmp_path: Path, old: str, new: str) -> None:
    folder = Path(shutil.copytree(EXPECTATIONS, tmp_path / "expectations"))
    path = folder / "response_terms.csv"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ContractError, match=r"response_terms\.csv: .*without a term in force"):
        load_catalog(folder)
