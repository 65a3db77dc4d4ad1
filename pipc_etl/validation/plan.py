"""Which checks of a contract a file is held to, compiled once per contract version and catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipc_etl.contracts import Catalog, Contract
from pipc_etl.render.checks import Check, compile_checks, quoted, window_columns
from pipc_etl.validation.facts import EnvelopeFacts


@dataclass(frozen=True)
class Plan:
    """`checks` are evaluated; `not_evaluated` names the contract's rules for which something was not at hand."""

    contract: Contract
    checks: tuple[Check, ...]
    not_evaluated: tuple[str, ...]

    @property
    def lookups(self) -> frozenset[str]:
        return frozenset(name for check in self.checks for name in check.needs)


_compiled: dict[tuple[str, str], tuple[Contract, Catalog, tuple[Check, ...]]] = {}


def compiled(contract: Contract, catalog: Catalog) -> tuple[Check, ...]:
    """The checks of `contract`, compiled again only for another contract or catalogue object."""
    key = (contract.kind, contract.version)
    held = _compiled.get(key)
    if held is None or held[0] is not contract or held[1] is not catalog:
        held = _compiled[key] = (contract, catalog, compile_checks(contract, catalog))
    return held[2]


def make_plan(contract: Contract, catalog: Catalog, facts: EnvelopeFacts, *, has_reference: bool, absent: frozenset[str]) -> Plan:
    """Leave out checks that need a reference or a fact that is not known, or a compulsory column that the file lacks (`absent`).

    The missing header is a finding by itself; what follows from it would only be noise.
    """
    blocked = facts.unknown | {name for name in absent if contract.column(name).header_required}
    checks, left_out = [], []
    for check in compiled(contract, catalog):
        if (check.needs and not has_reference) or check.mentions & blocked:
            left_out.append(check.rule)
        else:
            checks.append(check)
    own = {rule.id for rule in contract.rules}
    return Plan(contract, tuple(checks), tuple(sorted(own & set(left_out))))


def batch_columns(facts: EnvelopeFacts) -> Iterator[str]:
    """SQL of the envelope's columns, constant in a file."""
    for name, (type_, value) in facts.columns.items():
        yield f"cast({quoted(value)} as {type_}) as {name}"


def with_windows(plan: Plan, batch: str) -> str:
    """SQL of the relation `b`: `batch`, and the columns that checks of keys add where such checks are evaluated."""
    mentioned = {name for check in plan.checks for name in check.mentions}
    windows = [f"{sql} as {name}" for name, sql in window_columns(plan.contract).items() if name in mentioned]
    return f"(select {', '.join(['b.*', *windows])} from ({batch}) as b)" if windows else f"({batch})"


def joins(plan: Plan, schema: str = "") -> str:
    """SQL that joins the lookups that the evaluated checks need."""
    needed = [lookup for lookup in plan.contract.lookups if lookup.name in plan.lookups]
    return "".join(f"\nleft join {schema}{lookup.relation} as {lookup.name} on {lookup.on}" for lookup in needed)
