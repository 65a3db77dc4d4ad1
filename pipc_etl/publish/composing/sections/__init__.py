"""The parts of the reports: one module each, named as definitions name the section, with `build(context) -> sections`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from pipc_etl.errors import PublicationError
from pipc_etl.publish.composing.context import Builder


def builder(code: str) -> Builder:
    """The section called `code`; raises PublicationError if there is no such module."""
    name = f"{__name__}.{code}"
    if not code.isidentifier() or find_spec(name) is None:
        raise PublicationError(f"no hay una sección «{code}» con la que componer el informe")
    build: Builder = import_module(name).build
    return build
