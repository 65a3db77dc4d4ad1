"""A document as JSON and back, without loss: a tag for each class, decimals and dates as text, mappings in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pipc_etl.publish import document as document_module
from pipc_etl.publish.document import Document
from pipc_etl.publish.numbers import Rounding

_TAG = "_"
_CLASSES: Mapping[str, type[Any]] = {
    cls.__name__: cls for cls in (*vars(document_module).values(), Rounding) if isinstance(cls, type) and is_dataclass(cls)
}
_SCALARS: Mapping[str, Callable[[str], Any]] = {"decimal": Decimal, "datetime": datetime.fromisoformat, "date": date.fromisoformat}


def encode(value: Any) -> Any:
    """`value` of the published document as what JSON can hold; raises TypeError for a class that is no part of it."""
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return {_TAG: "decimal", "text": str(value)}
        case datetime():
            return {_TAG: "datetime", "text": value.isoformat()}
        case date():
            return {_TAG: "date", "text": value.isoformat()}
        case tuple() | list():
            return [encode(item) for item in value]
        case Mapping():
            return {_TAG: "mapping", "items": [[key, encode(item)] for key, item in value.items()]}
    name = type(value).__name__
    if _CLASSES.get(name) is not type(value):
        raise TypeError(f"{name} is no part of the published document")
    return {_TAG: name} | {field.name: encode(getattr(value, field.name)) for field in fields(value)}


def decode(content: Any) -> Any:
    """What `encode` was given; a field that was added to a class since then has its default."""
    if isinstance(content, list):
        return tuple(decode(item) for item in content)
    if not isinstance(content, dict):
        return content
    tag = content[_TAG]
    if tag == "mapping":
        return {key: decode(item) for key, item in content["items"]}
    if tag in _SCALARS:
        return _SCALARS[tag](content["text"])
    return _CLASSES[tag](**{name: decode(item) for name, item in content.items() if name != _TAG})


def to_json(document: Document) -> dict[str, Any]:
    """The document as JSON."""
    content: dict[str, Any] = encode(document)
    return content


def from_json(content: Mapping[str, Any]) -> Document:
    """The document that `to_json` wrote."""
    found = decode(dict(content))
    assert isinstance(found, Document)
    return found
