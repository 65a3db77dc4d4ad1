"""Every column that a board reads has a short Spanish label, a description and a type: Superset shows them, and nothing else says them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from pipc_etl.settings import load_settings

FOLDER = load_settings().dbt_project / "models" / "marts" / "dashboard"
MODELS: dict[str, dict[str, Any]] = {
    model["name"]: model
    for path in sorted(FOLDER.glob("_*_boards.yml"))
    for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
}


def test_each_board_mart_is_described_when_it_exists() -> None:
    assert set(MODELS) == {path.stem for path in FOLDER.glob("*.sql")}
    assert len(MODELS) >= 6


@pytest.mark.parametrize("name", sorted(MODELS))
def test_columns_have_label_and_description_when_a_board_reads_them(name: str) -> None:
    model = MODELS[name]
    assert model["description"].strip()
    labels = [column.get("config", {}).get("meta", {}).get("label", "") for column in model["columns"]]
    assert [label for label in labels if not 0 < len(label) <= 50] == []
    assert len(set(labels)) == len(labels), "two columns of a mart cannot be told apart by their label"
    assert all(column.get("description") and column.get("data_type") for column in model["columns"])
