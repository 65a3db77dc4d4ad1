"""Generated files say so, and are what the contracts give today."""

from pipc_etl.contracts import load_catalog
from pipc_etl.render.generated import generated_files
from pipc_etl.settings import PROJECT_ROOT


def test_generated_files_are_up_to_date_when_rendered_again() -> None:
    files = generated_files(load_catalog(PROJECT_ROOT / "expectations"))
    assert len(files) >= 2
    for path, text in files.items():
        first_line = text.splitlines()[0]
        assert "enerado" in first_line or "enerated" in first_line
        assert (PROJECT_ROOT / path).read_text(encoding="utf-8") == text, f"{path} is stale: run `pipc render`"


def test_every_column_is_described_when_dbt_sources_are_rendered() -> None:
    catalog = load_catalog(PROJECT_ROOT / "expectations")
    text = next(text for path, text in generated_files(catalog).items() if path.name == "_sources.yml")
    for contract in catalog.contracts.values():
        assert f"name: {contract.kind}\n" in text
    assert "document_number" not in text
    assert "person_key" in text
