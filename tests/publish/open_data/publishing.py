"""Publications of the reconstruction that live only as long as a transaction: the register is left as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Connection, text

from pipc_etl.contracts import Catalog
from pipc_etl.publish.document import Address, Document, Figure
from pipc_etl.publish.numbers import Rounding
from pipc_etl.publish.open_data.package import write_package
from pipc_etl.publish.open_data.tables import table_specs

ENTITY = "secretaria-general"
K = 5
_ROUNDING = Rounding("half_up", 0)


@dataclass(frozen=True)
class Opened:
    """A package on disk, the document that it belongs to, and the moment and cut-off that it speaks of."""

    folder: Path
    document: Document
    paths: tuple[Path, ...]


def figure(key: str, mart: str, value: Decimal | None = Decimal("96.585365853659")) -> Figure:
    """A figure of the report, of which only key, mart and value matter here."""
    return Figure(
        key=key, label="Cumplimiento", subject="PIPC, «virtual»; 2020", measure="compliance_pct", period_code="2020",
        cutoff=date(2020, 12, 31), value=value, shown="97 %", rounding=_ROUNDING, definition="100 × E / P", formula="100 × 198 / 205",
        query="select 1", mart=mart, unit="%", numerator=Decimal(198), denominator=Decimal(205), plan_version=3, figure_id="P9001-F001",
    )  # fmt: skip


def draft(connection: Connection, number: int, period: str, cutoff: date, known_at: datetime, plan: str, *figures: Figure) -> Document:
    """A draft in the register."""
    connection.execute(
        text(
            "insert into audit.publication (publication_id, entity_code, report_code, period_code, cutoff, known_at, edition, title, "
            "rounding_mode, rounding_decimals, definition, is_reconstruction, prepared_at, prepared_by) "
            "values (:number, :entity, 'open_data_test', :period, :cutoff, :known_at, 1, 'Informe', "
            "'half_up', 0, '{}', true, :known_at, 'x')"
        ),
        {"number": number, "entity": ENTITY, "period": period, "cutoff": cutoff, "known_at": known_at},
    )
    return Document(
        address=Address(ENTITY, "open_data_test", period, cutoff, known_at), title="Informe de prueba", subtitle="",
        entity_name="Secretaría General", period_label=period, rounding=_ROUNDING, sections=(),
        figures={one.key: one for one in figures or (figure("plan/PIPC/2020/compliance_pct", "rpt_plan_compliance"),)},
        plan_versions={plan: 1}, is_reconstruction=True, number=f"P{number}",
    )  # fmt: skip


def publish(connection: Connection, catalog: Catalog, document: Document, folder: Path, tables: Sequence[str] = ()) -> Opened:
    """The package of a draft, which is published with it; of what is published already, the same package again."""
    paths = write_package(connection, catalog, document, tables or list(table_specs()), folder, K)
    connection.execute(
        text(
            "update audit.publication set state = 'published', decided_at = prepared_at, decided_by = 'x' "
            "where number = :number and state = 'draft'"
        ),
        {"number": document.number},
    )
    return Opened(folder, document, paths)
