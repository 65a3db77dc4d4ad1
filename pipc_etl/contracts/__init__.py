"""Load, check and version the declarations in `expectations/`."""

from pipc_etl.contracts.catalog import Catalog, Message, load_catalog, version_key
from pipc_etl.contracts.codelist import Code, Codelist, fold
from pipc_etl.contracts.model import Classification, Column, ColumnType, Contract, Finding, Lookup, Rule, Scope, Severity

__all__ = [
    "Catalog",
    "Classification",
    "Code",
    "Codelist",
    "Column",
    "ColumnType",
    "Contract",
    "Finding",
    "Lookup",
    "Message",
    "Rule",
    "Scope",
    "Severity",
    "fold",
    "load_catalog",
    "version_key",
]
