"""Which generated files stand in the tree, and what each must say."""

from __future__ import annotations

from pathlib import Path

from pipc_etl.contracts import Catalog
from pipc_etl.render.data_dictionary import data_dictionary
from pipc_etl.render.dbt_models import contract_kinds, holidays, response_terms, rules
from pipc_etl.render.dbt_sources import dbt_sources


def generated_files(catalog: Catalog) -> dict[Path, str]:
    """Text of every generated file, by its path relative to the project's root."""
    return {
        Path("dbt_project/models/staging/_sources.yml"): dbt_sources(catalog),
        Path("dbt_project/models/staging/contract/stg_contract_kind.sql"): contract_kinds(catalog),
        Path("dbt_project/models/staging/contract/stg_rule.sql"): rules(catalog),
        Path("dbt_project/models/staging/contract/stg_holiday.sql"): holidays(),
        Path("dbt_project/models/staging/citizen_question/stg_response_term.sql"): response_terms(catalog),
        Path("docs/diccionario.md"): data_dictionary(catalog),
    }
