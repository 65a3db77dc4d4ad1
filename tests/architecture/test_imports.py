"""Imports run in the direction that the house allows; heavy libraries are imported where they are used."""

import ast
from pathlib import Path

import pytest

from pipc_etl.settings import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "pipc_etl"

OPEN = {"settings", "errors", "processes", "journal", "encryption"}
# A room may import itself and these; `settings`, `errors`, `processes`, `journal` and `encryption` are open to all.
ALLOWED: dict[str, set[str]] = {
    "settings": set(),
    "errors": set(),
    "processes": set(),
    "journal": set(),
    "encryption": set(),
    "contracts": set(),
    "render": {"contracts"},
    "intake": {"contracts"},
    "validation": {"contracts", "render"},
    "warehouse": {"contracts", "render", "intake", "validation"},
    "publish": {"contracts", "intake", "warehouse"},
    "templates": {"contracts", "render", "warehouse", "events"},
    "answers": {"contracts", "render", "intake", "validation", "warehouse"},
    "obligations": {"contracts", "validation", "warehouse", "answers"},
    "events": {"contracts", "warehouse"},
    "privacy": {"contracts", "intake", "warehouse", "answers", "validation"},
    "health": {"contracts", "intake", "warehouse"},
    "backup": {"contracts", "warehouse", "privacy"},
    "demo": {"contracts", "render", "intake", "warehouse", "publish"},
    "dashboards": {"contracts", "warehouse"},
    "lineage": {"warehouse"},
    "credentials": {"warehouse", "dashboards", "orchestration"},
    "orchestration": {
        "contracts",
        "render",
        "intake",
        "validation",
        "warehouse",
        "answers",
        "obligations",
        "events",
        "privacy",
        "templates",
        "publish",
        "dashboards",
        "health",
        "lineage",
        "backup",
    },
    "commands": {
        "contracts",
        "render",
        "intake",
        "validation",
        "warehouse",
        "answers",
        "obligations",
        "events",
        "privacy",
        "templates",
        "publish",
        "dashboards",
        "health",
        "lineage",
        "backup",
        "demo",
        "credentials",
        "orchestration",
    },
    "cli": {"commands"},
}
# Libraries that cost seconds: never at the top of a module (style: light imports), and who may use them at all.
HEAVY = {"great_expectations": {"validation", "render"}, "dbt": {"warehouse"}, "airflow": {"orchestration"}}


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _room(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def _imports(path: Path) -> list[tuple[str, bool]]:
    """Names of the imported modules, and whether the import stands at the top level of the file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = {id(node) for node in tree.body}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.append((node.module or "", id(node) in top))
    return found


def test_every_room_is_known_when_the_package_is_walked() -> None:
    rooms = {_room(path) for path in _modules()} - {"__init__"}
    assert len(rooms) >= 8
    assert rooms <= set(ALLOWED)


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_follow_the_direction_when_a_module_is_read(path: Path) -> None:
    room = _room(path)
    if room == "__init__":
        return
    for name, is_top in _imports(path):
        root, _, rest = name.partition(".")
        if root == "pipc_etl" and rest:
            target = rest.split(".")[0]
            assert target in OPEN | {room} | ALLOWED[room], f"{room} may not import {target}"
        if root in HEAVY:
            assert room in HEAVY[root], f"{room} may not import {root}"
            assert room == "orchestration" or not is_top, f"{root} must be imported inside the function that uses it"


def test_only_settings_reads_the_environment_when_modules_are_walked() -> None:
    readers = {
        str(path.relative_to(PACKAGE))
        for path in _modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert "settings.py" in readers
    # Those that start other programs hand them the caller's environment on.
    starters = {
        "orchestration/airflow_environment.py",
        "dashboards/environment.py",
        "warehouse/dbt.py",
        "intake/reader.py",
        "backup/databases.py",
        "commands/installation.py",
    }
    assert readers <= {"settings.py"} | starters


def test_dag_files_only_wire_when_they_are_read() -> None:
    files = sorted((PROJECT_ROOT / "dags").glob("*.py"))
    assert {path.stem for path in files} >= {"ingest_submissions", "ingest_form_responses", "build_warehouse"}
    for path in files:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 80
        for name, _ in _imports(path):
            assert name == "airflow.sdk" or name.startswith("pipc_etl.orchestration"), f"{path.name} imports {name}"
