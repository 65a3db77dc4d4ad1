"""What a section is composed from: the marts as of the report's cut-off, the figures so far, and what a person wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from string import Template

from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import BOGOTA, Period
from pipc_etl.publish.composing.book import FigureBook
from pipc_etl.publish.composing.marts import MartReader
from pipc_etl.publish.definition import ReportDefinition
from pipc_etl.publish.document import Address, Note, PersonText, Section
from pipc_etl.publish.open_data.release import Release, release
from pipc_etl.publish.wording import long_date, moment, of_period, period_months


@dataclass(frozen=True)
class Context:
    """Everything a section may read. `period_start` and `through` bound what the report speaks about (`through`: the cut-off or the
    period's end, whichever is first)."""

    marts: MartReader
    catalog: Catalog
    definition: ReportDefinition
    address: Address
    period: Period
    entity_name: str
    period_label: str
    book: FigureBook
    texts: Mapping[str, PersonText]
    notes: tuple[Note, ...] = ()
    suppression_k: int = 5
    publication_id: int = 0

    @property
    def period_start(self) -> date:
        return self.period.start

    @property
    def through(self) -> date:
        return min(self.period.end, self.address.cutoff)

    @property
    def known_on(self) -> date:
        """The day of `known_at` in Bogotá: a status of a commitment may be later than the plan's cut-off."""
        return self.known_at.astimezone(BOGOTA).date()

    @property
    def known_at(self) -> datetime:
        return self.address.known_at

    @cached_property
    def released(self) -> Release:
        """What may be said of persons beside all that the entity has published; the connection must be the publisher's."""
        return release(self.marts.connection, self.catalog, self.address, self.suppression_k, self.publication_id)

    def title(self, section: str, default: str) -> str:
        """The report's own title for a section."""
        return self.definition.titles.get(section, default)

    def fill(self, wording: str) -> str:
        """A text of a definition with `$entity`, `$period`, `$of_period`, `$months`, `$year`, `$cutoff` and `$known_at` filled in."""
        return Template(" ".join(wording.split())).substitute(
            entity=self.entity_name,
            period=self.period_label,
            of_period=of_period(self.period.code),
            months=period_months(self.period.code, self.through),
            year=str(self.period.fiscal_year),
            cutoff=long_date(self.address.cutoff),
            known_at=moment(self.known_at),
        )

    def person_texts(self, section: str) -> list[PersonText]:
        """The places for a person's text at the end of `section`, filled where somebody wrote."""
        slots = [slot for slot in self.definition.texts if slot.section == section]
        return [self.texts.get(slot.slot) or PersonText(slot.slot, slot.title) for slot in slots]

    def name(self, codelist: str, code: str | None) -> str:
        """The Spanish label of a code, as the code list has it; the code itself if it is not in the list."""
        known = self.catalog.codelists[codelist].codes
        return next((entry.label for entry in known if entry.code == code), code or "")


# A section's module has a function `build` of this type; several sections, or none where there is nothing to say.
Builder = Callable[[Context], Sequence[Section]]
