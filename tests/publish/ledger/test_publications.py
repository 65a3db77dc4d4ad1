"""From a draft to what is published: numbered, frozen, with its files and its texts, and the same for ever at its address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from pipc_etl.cli import app
from pipc_etl.errors import PublicationError
from pipc_etl.publish import ledger
from pipc_etl.publish.document import PersonText, references
from pipc_etl.publish.ledger import Publication
from pipc_etl.publish.ledger.freezing import HTML, PDF, PREVIEW
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine
from tests.publish.ledger.conftest import ENTITY, asked

# The first test waits for the samples, a load and a build; on a busy machine that is long.
pytestmark = pytest.mark.timeout(1200)


def _document(publisher: Engine, number: str) -> Any:
    with publisher.connect() as connection:
        return ledger.load_document(connection, number)


def _texts(document: Any) -> dict[str, str | None]:
    return {block.slot: block.text for section in document.sections for block in section.blocks if isinstance(block, PersonText)}


def test_report_and_open_data_are_in_its_folder_when_it_is_published(office: Settings, published: Publication) -> None:
    assert (published.state, published.edition, published.decided_by, published.decision_note) == (
        "published", 1, "Jefe de Planeación", "Conforme",
    )  # fmt: skip
    folder = published.folder(office.publications)
    assert folder == office.publications / ENTITY / "pipc" / "2021-C2" / published.number
    assert {HTML, PDF} <= {file.name for file in published.files}
    assert sorted(file.name for file in published.files) == sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    ), "what lies there is registered, and no preview is left"
    assert ledger.altered_files(published, office.publications) == []
    html = (folder / HTML).read_text(encoding="utf-8")
    assert published.number in html
    assert "Se adelantaron talleres." in html
    assert (folder / PDF).read_bytes().startswith(b"%PDF-")


def test_figures_are_numbered_as_they_are_read_when_a_report_is_registered(publisher: Engine, published: Publication) -> None:
    document = _document(publisher, published.number)
    read = list(dict.fromkeys(reference.key for reference in references(document)))
    assert len(read) >= 20
    ids = [document.figures[key].figure_id for key in read]
    assert ids == [f"{published.number}-F{ordinal:03}" for ordinal in range(1, len(ids) + 1)]
    plan = next(figure for figure in document.figures.values() if (figure.measure, figure.period_code) == ("execution_pct", "2021-C2"))
    assert (plan.shown, plan.numerator, plan.denominator, plan.plan_version) == ("112\N{NO-BREAK SPACE}%", 29, 26, 1)
    assert plan.sources


def test_the_same_address_is_the_same_publication_when_it_is_asked_again(office: Settings, published: Publication) -> None:
    again = ledger.prepare(office, asked(known_at=published.address.known_at, gates=()))
    assert (again.number, again.state) == (published.number, "published")
    assert ledger.approve(office, published.number, actor="Otra persona") == published
    with pytest.raises(PublicationError, match="ya está publicada"):
        ledger.reject(office, published.number, actor="Otra persona", note="No")


def test_a_draft_takes_a_new_text_and_the_published_report_keeps_its_own_when_somebody_writes(
    office: Settings, publisher: Engine, published: Publication
) -> None:
    draft = ledger.prepare(office, asked())
    preview = draft.folder(office.publications) / PREVIEW
    assert (draft.edition, sorted(path.name for path in preview.iterdir())) == (2, [HTML, PDF])
    assert ledger.prepare(office, asked()).number == draft.number, "a draft is computed anew under its number"
    assert _texts(_document(publisher, draft.number))["observations"] == "Se adelantaron talleres."
    assert ledger.write_text(office, ENTITY, "pipc", "2021-C2", "observations", "Faltó un reporte.", author="Luis Paz") == (draft.number,)
    assert _texts(_document(publisher, draft.number)) == {"observations": "Faltó un reporte.", "recommendations": "Reportar a tiempo."}
    assert "Faltó un reporte." in (preview / HTML).read_text(encoding="utf-8")
    assert _texts(_document(publisher, published.number))["observations"] == "Se adelantaron talleres."

    with pytest.raises(PublicationError, match="hace falta la razón"):
        ledger.reject(office, draft.number, actor="Jefe", note=" ")
    refused = ledger.reject(office, draft.number, actor="Jefe", note="Revisar agosto")
    assert (refused.state, refused.decided_by, refused.decision_note) == ("rejected", "Jefe", "Revisar agosto")
    assert not preview.exists()
    with pytest.raises(PublicationError, match="fue rechazada"):
        ledger.approve(office, draft.number, actor="Jefe")
    next_one = ledger.prepare(office, asked())
    assert next_one.number > draft.number
    assert _texts(_document(publisher, next_one.number))["observations"] == "Faltó un reporte.", "a text survives what was refused"
    # Taken back, the place is empty again, with the title that the report gives it.
    ledger.write_text(office, ENTITY, "pipc", "2021-C2", "observations", "", author="Luis Paz")
    assert _texts(_document(publisher, next_one.number))["observations"] is None
    ledger.write_text(office, ENTITY, "pipc", "2021-C2", "observations", "Faltó un reporte.", author="Luis Paz")
    second = ledger.approve(office, next_one.number, actor="Jefe")
    assert second.edition == 2
    assert _document(publisher, second.number).edition == 2


def test_a_text_is_refused_in_words_when_it_has_no_place(office: Settings) -> None:
    with pytest.raises(PublicationError, match="no tiene un lugar «chistes» para textos: observations, recommendations"):
        ledger.write_text(office, ENTITY, "pipc", "2021-C2", "chistes", "x", author="Ana")
    with pytest.raises(PublicationError, match="no hay nada de una entidad «nadie»"):
        ledger.write_text(office, "nadie", "pipc", "2021-C2", "observations", "x", author="Ana")


CHANGES = (
    "update audit.publication set title = 'x' where publication_id = :id",
    "update audit.publication set state = 'draft', decided_at = null, decided_by = null where publication_id = :id",
    "delete from audit.publication where publication_id = :id",
    "update audit.publication_figure set value = 1 where publication_id = :id",
    "delete from audit.publication_figure where publication_id = :id",
    "delete from audit.publication_source where publication_id = :id",
    "update audit.publication_document set document = '{}' where publication_id = :id",
    "delete from audit.publication_document where publication_id = :id",
    "delete from audit.publication_waiver where publication_id = :id",
    "update audit.publication_waiver set reason = 'x' where publication_id = :id",
    "insert into audit.publication_file values (:id, 'otro.html', repeat('a', 64), 1)",
    "update audit.publication_file set sha256 = repeat('a', 64) where publication_id = :id",
    "truncate audit.publication_figure cascade",
    "truncate audit.publication cascade",
    "update audit.report_text set text = 'x'",
    "delete from audit.report_text",
)


@pytest.mark.parametrize("statement", CHANGES)
def test_the_register_refuses_when_what_is_published_would_change(owner: Engine, published: Publication, statement: str) -> None:
    with owner.connect() as connection:
        with pytest.raises(DBAPIError, match=r"does not change|only added, never changed|is no draft"):
            connection.execute(text(statement), {"id": published.publication_id} if ":id" in statement else {})
        connection.rollback()


def test_roles_do_what_is_theirs_alone_when_they_reach_for_the_register(office: Settings, published: Publication) -> None:
    refused = {
        "publisher": [
            "select * from private.attendance_form",
            "insert into audit.submission default values",
            "delete from audit.report_text",
        ],
        "loader": ["insert into audit.report_text default values", "insert into audit.publication default values"],
        "analyst": ["select * from audit.publication"],
    }
    for role, statements in refused.items():
        engine = role_engine(office, role)
        for statement in statements:
            with engine.connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
                connection.execute(text(statement))
        engine.dispose()


def test_the_planning_office_sees_an_altered_file_when_it_asks_for_the_publication(
    office: Settings, published: Publication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("home", "landing", "archive", "publications", "warehouse_url", "dbt_project", "expectations"):
        monkeypatch.setenv(f"PIPC_{name.upper()}", str(getattr(office, name)))

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, ["publish", *arguments])

    listed = run("list", "--state", "publicada", "--period", "2021-C2")
    assert listed.exit_code == 0
    assert published.number in listed.stdout
    shown = run("show", published.number.lower(), "--figures")
    assert shown.exit_code == 0, shown.stdout
    assert "Aprobada por Jefe de Planeación" in shown.stdout
    assert "Se pasó por alto (Ana Ruiz): entregas sin aprobar, 24." in shown.stdout
    assert f"{published.number}-F001" in shown.stdout
    file = published.folder(office.publications) / HTML
    content = file.read_bytes()
    file.write_bytes(content.replace(b"112", b"113"))
    try:
        altered = run("show", published.number)
        assert altered.exit_code == 1
        assert f"{HTML}  ALTERADO" in altered.stdout
    finally:
        file.write_bytes(content)
    missing = run("show", "P9999")
    assert isinstance(missing.exception, PublicationError)
    assert published.number in str(missing.exception)


def test_nothing_is_published_when_an_approval_fails_on_the_way(
    office: Settings, publisher: Engine, rows_of: Callable[..., list[tuple[Any, ...]]]
) -> None:
    draft = ledger.prepare(office, asked("2021-M05"))
    blocked = draft.folder(office.publications).with_name(f".{draft.number}.partial")
    blocked.write_text("a file where the folder of the new files should be")
    with pytest.raises(FileExistsError):
        ledger.approve(office, draft.number, actor="Jefe")
    blocked.unlink()
    with publisher.connect() as connection:
        assert ledger.publication(connection, draft.number).state == "draft"
    assert rows_of("select count(*) from audit.publication_file where publication_id = :id", id=draft.publication_id) == [(0,)]
    assert ledger.approve(office, draft.number, actor="Jefe").state == "published"


def test_a_draft_is_not_published_when_it_was_prepared_again_after_it_was_read(office: Settings) -> None:
    read = ledger.prepare(office, asked("2021-M06"))
    again = ledger.prepare(office, asked("2021-M06"))
    assert again.number == read.number
    with pytest.raises(PublicationError, match="se preparó otra vez"):
        ledger.approve(office, read.number, actor="Jefe", prepared_at=read.prepared_at)
    assert ledger.approve(office, read.number, actor="Jefe", prepared_at=again.prepared_at).state == "published"


def test_a_draft_is_not_published_when_the_rules_changed_since_it_was_prepared(office: Settings) -> None:
    draft = ledger.prepare(office, asked("2021-M07"))
    stricter = replace(office, suppression_k=office.suppression_k + 1)
    with pytest.raises(PublicationError, match=f"desde que se preparó {draft.number} cambiaron la protección de las personas"):
        ledger.approve(stricter, draft.number, actor="Jefe")
    assert ledger.approve(office, draft.number, actor="Jefe").state == "published"
