"""The five reports of the reconstruction: asked for as of the days on which they could have been published, approved and listed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import yaml

from pipc_etl.errors import PublicationError
from pipc_etl.publish.definition import load_definition
from pipc_etl.publish.ledger.deciding import approve
from pipc_etl.publish.ledger.model import Publication, Request
from pipc_etl.publish.ledger.preparing import prepare
from pipc_etl.publish.ledger.texts import texts, write_text
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine

FILE = "publications.yaml"
ACTOR = "Demostración (reconstrucción)"
_NOTE = "Publicación de la muestra: reconstrucción a partir de totales publicados."


@dataclass(frozen=True)
class SamplePublication:
    """A report of the reconstruction; `texts` are quoted from the published report, by their place."""

    entity: str
    report: str
    period: str
    cutoff: date
    known_at: datetime
    original: str
    waivers: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def request(self) -> Request:
        """What the register is asked for."""
        return Request(self.entity, self.report, self.period, self.cutoff, self.known_at, self.waivers, ACTOR)


def read_publications(samples: Path) -> tuple[SamplePublication, ...]:
    """The reports of `samples/publications.yaml`; raises PublicationError where one is not written as it should be."""
    path = samples / FILE
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    reason = content["reason"]
    found = []
    for item in content["publications"]:
        given = dict(item)
        gates = given.pop("waive", [])
        try:
            given["known_at"] = datetime.fromisoformat(given["known_at"])
            found.append(SamplePublication(**given, waivers=dict.fromkeys(gates, reason)))
        except (KeyError, TypeError, ValueError) as error:
            raise PublicationError(f"{path}: {item.get('report', '?')}: {error}") from error
    return tuple(found)


def publish_samples(settings: Settings, step: Callable[[str], None]) -> list[Publication]:
    """Publish every report of the samples that is not published yet, in their order; returns them all, published."""
    published = []
    for sample in read_publications(settings.samples):
        began = time.monotonic()
        _write_texts(settings, sample)
        draft = prepare(settings, sample.request)
        one = approve(settings, draft.number, actor=ACTOR, note=_NOTE)
        took = time.monotonic() - began
        step(f"{one.number} {one.title}: {'published' if draft.state == 'draft' else 'was published before'} ({took:.1f} s)")
        published.append(one)
    return published


def _write_texts(settings: Settings, sample: SamplePublication) -> None:
    """The quoted texts, each once: what stands there already is not written again."""
    definition = load_definition(sample.report)
    engine = role_engine(settings, "publisher")
    try:
        with engine.connect() as connection:
            standing = {place.slot: place.text for place in texts(connection, definition, sample.entity, sample.period)}
    finally:
        engine.dispose()
    for slot, content in sample.texts.items():
        if standing.get(slot) != content.strip():
            write_text(settings, sample.entity, sample.report, sample.period, slot, content, author=ACTOR)
