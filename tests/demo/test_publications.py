"""The reports that the demonstration publishes: what is asked for, what comes out, and that a second time changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import lxml.html
import pytest
from sqlalchemy import Connection, text

from pipc_etl.commands.demonstration import publish_reports
from pipc_etl.contracts.periods import parse_period
from pipc_etl.demo.manifest import SampleFile
from pipc_etl.demo.publications import ACTOR, publish_samples, read_publications
from pipc_etl.errors import PublicationError
from pipc_etl.publish.composing.marts import MartReader
from pipc_etl.publish.definition import load_definition, report_codes
from pipc_etl.publish.ledger.model import GATES, Publication
from pipc_etl.publish.ledger.register import load_document, publications
from pipc_etl.publish.listing.page import NAME, write_listing
from pipc_etl.publish.reconciliation.remarks import document_remarks
from pipc_etl.settings import PROJECT_ROOT, Settings
from pipc_etl.warehouse.engine import role_engine
from tests.publish.rendering.pages import assert_accessible, looked_at

# The session's reconstruction may be made here, and five reports are published.
pytestmark = pytest.mark.timeout(900)

SAMPLES = PROJECT_ROOT / "samples"
FOLDERS = [
    "secretaria-general/pipc_final/2020/P0001",
    "secretaria-general/pipc/2021-C2/P0002",
    "secretaria-general/accountability/2023/P0003",
    "bogota/open_government/2020/P0004",
    "enterritorio/participation_plan/2021-S1/P0005",
]


def test_every_report_is_asked_for_once_and_as_it_is_defined(manifest: tuple[SampleFile, ...]) -> None:
    samples = read_publications(SAMPLES)
    assert sorted(sample.report for sample in samples) == list(report_codes())
    received = {sample.path.parts[0]: sample.received_at for sample in sorted(manifest, key=lambda sample: sample.received_at)}
    for sample in samples:
        definition, period = load_definition(sample.report), parse_period(sample.period)
        assert period is not None
        assert period.type in definition.period_types
        assert set(sample.texts) <= {place.slot for place in definition.texts}
        assert all(content.startswith("Del informe publicado por") for content in sample.texts.values())
        assert set(sample.waivers) <= set(GATES)
        assert all("Reconstrucción" in reason for reason in sample.waivers.values())
        assert sample.entity in received
        assert sample.known_at.tzinfo is not None
        assert sample.known_at.date() > sample.cutoff


def test_a_report_that_is_not_written_as_it_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "publications.yaml").write_text(
        "reason: r\npublications:\n- {entity: e, report: pipc, period: '2021', known_at: ayer, original: o}\n", encoding="utf-8"
    )
    with pytest.raises(PublicationError, match=r"publications\.yaml: pipc"):
        read_publications(tmp_path)


@dataclass(frozen=True)
class Published:
    """What the end of the demonstration left."""

    settings: Settings
    steps: list[str]
    register: list[Publication]


@pytest.fixture(scope="module")
def connection(reconstruction_copy: Settings) -> Iterator[Connection]:
    engine = role_engine(reconstruction_copy, "publisher")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(scope="module")
def published(reconstruction_copy: Settings, connection: Connection) -> Published:
    steps: list[str] = []
    publish_reports(reconstruction_copy, steps.append)
    return Published(reconstruction_copy, steps, publications(connection))


def test_the_five_reports_are_published_with_their_files(published: Published) -> None:
    root = published.settings.publications
    assert [one.folder(root).relative_to(root).as_posix() for one in published.register] == FOLDERS
    for one in published.register:
        assert (one.state, one.decided_by, one.is_reconstruction, one.edition) == ("published", ACTOR, True, 1)
        names = {file.name for file in one.files}
        assert {"informe.html", "informe.pdf", "datos_abiertos/datapackage.json", "datos_abiertos/CHECKSUMS.sha256"} <= names
        assert all((one.folder(root) / name).is_file() for name in names)
        page = (one.folder(root) / "informe.html").read_text(encoding="utf-8")
        assert one.number in page
        assert "Reconstrucción" in page
    assert [step.partition(" ")[0] for step in published.steps] == ["P0001", "P0002", "P0003", "P0004", "P0005"]


def test_no_figure_of_the_five_reports_contradicts_another(published: Published, connection: Connection) -> None:
    found = {}
    for one in published.register:
        document = load_document(connection, one.number)
        address = document.address
        marts = MartReader(connection, address.entity_code, address.cutoff, address.known_at)
        found[address.report_code] = [(remark.severity, remark.text) for remark in document_remarks(document, marts)]
    assert [remark for remarks in found.values() for remark in remarks if remark[0] == "error"] == []
    assert any(text.endswith("ningún número entero da 71,4 %.") for _, text in found["pipc_final"])
    assert any("suman 99 al truncar" in text for _, text in found["participation_plan"])


def test_a_second_demonstration_publishes_nothing_anew(published: Published, connection: Connection) -> None:
    def standing() -> tuple[int, int]:
        return tuple(
            connection.execute(text("select (select count(*) from audit.publication), (select count(*) from audit.report_text)")).one()
        )

    before = standing()
    assert before == (5, sum(len(sample.texts) for sample in read_publications(SAMPLES)))
    steps: list[str] = []
    again = publish_samples(published.settings, steps.append)
    assert [one.number for one in again] == [one.number for one in published.register]
    assert all("was published before" in step for step in steps)
    assert standing() == before


def test_the_page_of_publications_leads_to_every_file(published: Published) -> None:
    page = published.settings.publications / NAME
    tree = lxml.html.parse(str(page)).getroot()
    assert sorted(tree.xpath("//article/@aria-labelledby")) == [one.number for one in published.register]
    links = [unquote(link) for link in tree.xpath("//main//a/@href")]
    assert len(links) == 3 * len(published.register)
    assert [link for link in links if not (page.parent / link).is_file()] == []
    before = page.read_bytes()
    assert write_listing(published.settings).read_bytes() == before


@pytest.mark.needs("chromium")
@pytest.mark.needs("node")
@pytest.mark.needs("npm")
def test_a_report_and_the_page_of_publications_are_accessible_on_a_desk_and_on_a_phone(published: Published, tmp_path: Path) -> None:
    """The shortest report: axe takes minutes over the explanations of the long ones, which are the same template."""
    root = published.settings.publications
    pages = (root / NAME, published.register[-1].folder(root) / "informe.html")
    answers = looked_at(pages, tmp_path)
    assert len(answers) == 2 * len(pages)
    for answer in answers:
        assert_accessible(answer)
