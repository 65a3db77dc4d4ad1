"""Which obligation a person means: by its four codes or by the number of a file of it; a wrong one is refused with what exists."""

from __future__ import annotations

from sqlalchemy import Connection, text

from pipc_etl.contracts import Catalog, Contract
from pipc_etl.contracts.periods import parse_period
from pipc_etl.errors import SettingsError
from pipc_etl.warehouse.reviews import Obligation


def due_kinds(catalog: Catalog) -> dict[str, Contract]:
    """The kinds that a dependency owes on a day: only they are obligations."""
    return {kind: contract for kind, contract in sorted(catalog.contracts.items()) if contract.due_business_day is not None}


def named(
    connection: Connection, catalog: Catalog, entity: str | None, dependency: str | None, kind: str | None, period: str | None
) -> Obligation:
    """The obligation of these codes; SettingsError where one is missing, unknown, or of a kind without a due day."""
    given = {"--entity": entity, "--dependency": dependency, "--kind": kind, "--period": period}
    absent = [option for option, value in given.items() if not value]
    if absent or entity is None or dependency is None or kind is None or period is None:
        raise SettingsError(f"falta {', '.join(absent)}: nombre la obligación con sus cuatro códigos, o con el número de la entrega")
    _check_kind(catalog, kind)
    if parse_period(period) is None:
        raise SettingsError(f"--period {period}: no es un período (2021, 2021-S1, 2021-C2, 2021-T2, 2021-M05)")
    _check_sender(connection, entity, dependency)
    return Obligation(entity, dependency, kind, period)


def of_submission(connection: Connection, catalog: Catalog, number: int) -> Obligation:
    """The obligation that the file `number` was sent for; SettingsError where there is none."""
    row = connection.execute(
        text(
            "select entity_code, dependency_code, kind, period_code, kind = 'execution_report' and accumulates "
            "from audit.submission where submission_id = :id"
        ),
        {"id": number},
    ).one_or_none()
    if row is None:
        raise SettingsError(f"no hay ninguna entrega con el número {number}")
    if row[4]:
        raise SettingsError(f"la entrega {number} es una corrección de la oficina de planeación, no la entrega de un período")
    _check_kind(catalog, row[2])
    return Obligation(row[0], row[1], row[2], row[3])


def _check_kind(catalog: Catalog, kind: str) -> None:
    if kind not in due_kinds(catalog):
        known = ", ".join(due_kinds(catalog))
        raise SettingsError(f"--kind {kind}: no es una entrega con plazo; las que se revisan son {known}")


def _check_sender(connection: Connection, entity: str, dependency: str) -> None:
    query = text("select dependency_code from audit.ref_dependency where entity_code = :entity order by dependency_code")
    registered = list(connection.scalars(query, {"entity": entity}))
    if not registered:
        entities = list(connection.scalars(text("select distinct entity_code from audit.ref_dependency order by 1")))
        known = ", ".join(entities) or "ninguna: cargue primero el registro"
        raise SettingsError(f"--entity {entity}: no está en el registro; están {known}")
    if dependency not in registered:
        raise SettingsError(f"--dependency {dependency}: no está en el registro de {entity}; están {', '.join(registered)}")
