"""What programs read about a package: datapackage.json (Data Package 2, Table Schema) and dcat.jsonld (DCAT)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pipc_etl.contracts.periods import parse_period
from pipc_etl.publish.document import Document
from pipc_etl.publish.open_data.resource import Resource

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
DESCRIPTOR, DCAT = "datapackage.json", "dcat.jsonld"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def package_name(document: Document) -> str:
    """The package's name: entity, report, period and number of the publication."""
    address = document.address
    return "-".join((address.entity_code, address.report_code.replace("_", "-"), address.period_code.lower(), document.number.lower()))


def write_descriptor(document: Document, resources: Sequence[Resource], folder: Path) -> Path:
    """The Data Package of `resources`, whose CSV files are in `folder`."""
    return _write(folder / DESCRIPTOR, _package(document, resources, folder))


def _package(document: Document, resources: Sequence[Resource], folder: Path) -> dict[str, Any]:
    address, codes = document.address, {resource.code: resource for resource in resources}
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": package_name(document),
        "id": document.number,
        "title": f"{document.title} · {document.period_label}",
        "description": _description(document),
        "version": f"{document.edition}.0.0",
        "created": _moment(document),
        "licenses": [{"name": "CC-BY-4.0", "path": LICENCE, "title": "Creative Commons Atribución 4.0 Internacional"}],
        "sources": [{"title": title} for title in _sources(document)],
        "contributors": [{"title": document.entity_name, "roles": ["publisher"]}],
        "keywords": ["participación ciudadana", "rendición de cuentas", document.period_label],
        "resources": [_resource(resource, codes, folder) for resource in resources],
        "pipc": {
            "publication": document.number,
            "edition": document.edition,
            "entity": address.entity_code,
            "report": address.report_code,
            "period": address.period_code,
            "cutoff": address.cutoff.isoformat(),
            "known_at": address.known_at.isoformat(),
            "is_reconstruction": document.is_reconstruction,
        },
    }


def _resource(resource: Resource, codes: dict[str, Resource], folder: Path) -> dict[str, Any]:
    content = (folder / resource.path).read_bytes()
    schema: dict[str, Any] = {"fields": [_field(resource, number) for number in range(len(resource.fields))], "missingValues": [""]}
    if resource.key:
        schema["primaryKey"] = list(resource.key)
    keys = [
        {"fields": list(columns), "reference": {"resource": other, "fields": list(codes[other].key)}}
        for other, columns in resource.references.items()
        if other in codes
    ]
    if keys:
        schema["foreignKeys"] = keys
    return {
        "name": resource.code,
        "type": "table",
        "path": resource.path,
        "title": resource.title,
        "description": " ".join(resource.description.split()),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "dialect": {"delimiter": ",", "header": True},
        "schema": schema,
    }


def _field(resource: Resource, number: int) -> dict[str, Any]:
    field = resource.fields[number]
    described: dict[str, Any] = {"name": field.name, "type": field.type, "title": field.title, "description": field.description}
    constraints: dict[str, Any] = {}
    if field.name in resource.key:
        constraints["required"] = True
    if field.type == "integer" and all(row[number] is None or row[number] >= 0 for row in resource.rows):
        constraints["minimum"] = 0
    return {**described, "constraints": constraints} if constraints else described


def write_dcat(document: Document, resources: Sequence[Resource], files: Iterable[tuple[Path, str]], folder: Path) -> Path:
    """The catalogue entry of the package in DCAT (JSON-LD); `files` are the other files with what they are."""
    period = parse_period(document.address.period_code)
    described = [(folder / resource.path, resource.title, "text/csv") for resource in resources]
    described += [(path, title, _XLSX if path.suffix == ".xlsx" else "application/json") for path, title in files]
    entry = {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "spdx": "http://spdx.org/rdf/terms#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": f"urn:pipc:{package_name(document)}",
        "@type": "dcat:Dataset",
        "dct:identifier": document.number,
        "dct:title": _spanish(f"{document.title} · {document.period_label}"),
        "dct:description": _spanish(_description(document)),
        "dct:language": {"@id": "http://publications.europa.eu/resource/authority/language/SPA"},
        "dct:license": {"@id": LICENCE},
        "dct:issued": {"@type": "xsd:dateTime", "@value": _moment(document)},
        "dct:publisher": {"@type": "foaf:Organization", "foaf:name": _spanish(document.entity_name)},
        "dcat:keyword": [_spanish("participación ciudadana"), _spanish("rendición de cuentas")],
        "dcat:version": str(document.edition),
        "dcat:distribution": [_distribution(path, title, media, folder) for path, title, media in described],
    }
    if period:
        entry["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@type": "xsd:date", "@value": period.start.isoformat()},
            "dcat:endDate": {"@type": "xsd:date", "@value": min(period.end, document.address.cutoff).isoformat()},
        }
    return _write(folder / DCAT, entry)


def _distribution(path: Path, title: str, media: str, folder: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        "@type": "dcat:Distribution",
        "dct:title": _spanish(title),
        "dcat:downloadURL": {"@id": path.relative_to(folder).as_posix()},
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media}"},
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(len(content))},
        "dct:license": {"@id": LICENCE},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": hashlib.sha256(content).hexdigest(),
        },
    }


def _spanish(text: str) -> dict[str, str]:
    return {"@language": "es", "@value": text}


def _moment(document: Document) -> str:
    return _iso(document.published_at or document.address.known_at)


def _iso(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat()


def _description(document: Document) -> str:
    said = (
        f"Datos abiertos de la publicación {document.number} (edición {document.edition}) de {document.entity_name}: {document.title}, "
        f"{document.period_label}, con corte al {document.address.cutoff:%d/%m/%Y}."
    )
    return f"{said} Reconstrucción a partir de los totales publicados: no son los datos originales." if document.is_reconstruction else said


def _sources(document: Document) -> list[str]:
    """The kinds of files that the figures came from, each once; which cells, the report says."""
    return sorted({source.kind for figure in document.figures.values() for source in figure.sources}) or ["Bodega de participación"]


def _write(path: Path, content: dict[str, Any]) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path
