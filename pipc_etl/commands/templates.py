"""`pipc template`: the workbook that a dependency fills in, made for it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipc_etl.commands.console import out
from pipc_etl.contracts.periods import BOGOTA
from pipc_etl.settings import Settings, load_settings

if TYPE_CHECKING:
    from pipc_etl.contracts import Catalog
    from pipc_etl.templates.rendering import Asked, Rendered


def template(
    kind: Annotated[str, typer.Argument(help="Qué se va a entregar: execution_report, session, activity_plan, ...")],
    entity: Annotated[str | None, typer.Option(help="Código de la entidad.")] = None,
    dependency: Annotated[str | None, typer.Option(help="Código de la dependencia.")] = None,
    year: Annotated[int | None, typer.Option(help="Vigencia; por defecto, la de hoy.", min=2000, max=2100)] = None,
    period: Annotated[
        str | None, typer.Option(help="Período: 2021-M08, 2021-T2, ...; por defecto, el mes que vence o la vigencia.")
    ] = None,
    plan: Annotated[str | None, typer.Option(help="Código del plan, si la entidad tiene varios.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Archivo .xlsx o carpeta; por defecto, aquí con su nombre.")] = None,
    blank: Annotated[bool, typer.Option("--blank", help="Sin datos: solo el formato, sin usar la base.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Reemplazar el archivo si ya existe.")] = False,
) -> None:
    """Escribe la plantilla de una entrega, con lo que ya se sabe de la dependencia: su plan, sus sesiones, sus compromisos."""
    from pipc_etl.contracts import load_catalog
    from pipc_etl.render.template import Addressee
    from pipc_etl.templates.problems import TemplateError
    from pipc_etl.templates.rendering import Asked, contract_of, render_blank

    settings = load_settings()
    catalog = load_catalog(settings.expectations)
    today = datetime.now(UTC).astimezone(BOGOTA).date()
    contract_of(catalog, kind)
    if blank:
        addressee = Addressee(entity, dependency) if entity and dependency else None
        made = render_blank(catalog, kind, addressee, year, period, today)
    elif entity and dependency:
        made = _from_warehouse(settings, catalog, Asked(kind, entity, dependency, year, period, plan))
    else:
        raise TemplateError("Diga de quién es con --entity y --dependency, o pida la plantilla sin datos con --blank.")
    path = _target(output, made.name)
    if path.exists() and not force:
        raise TemplateError(f"{path} ya existe y puede estar diligenciado: use otro nombre, o --force para reemplazarlo.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.content)
    _tell(made, path)


def _from_warehouse(settings: Settings, catalog: Catalog, asked: Asked) -> Rendered:
    """The template with what the warehouse knows; a warehouse that does not answer is said in Spanish."""
    from sqlalchemy.exc import OperationalError

    from pipc_etl.errors import WarehouseError
    from pipc_etl.templates.problems import TemplateError
    from pipc_etl.templates.rendering import render_asked
    from pipc_etl.warehouse.engine import role_engine
    from pipc_etl.warehouse.schema import require_prepared

    engine = role_engine(settings, "loader")
    try:
        require_prepared(engine)
        with engine.begin() as connection:
            return render_asked(connection, catalog, asked, datetime.now(UTC).astimezone(BOGOTA).date())
    except (OperationalError, WarehouseError) as error:
        raise TemplateError(
            "La base de datos no responde o todavía no tiene tablas: arránquela con `pipc up`, o pida la plantilla sin datos con --blank."
        ) from error
    finally:
        engine.dispose()


def _target(output: Path | None, name: str) -> Path:
    """Where to write: the file that was named, or the template's own name in the folder that was named."""
    from pipc_etl.templates.problems import TemplateError

    if output is None or output.is_dir():
        return (output or Path()) / name
    if output.suffix.lower() != ".xlsx":
        raise TemplateError(f"{output}: la plantilla es un libro de Excel; termine el nombre en .xlsx.")
    return output


def _tell(made: Rendered, path: Path) -> None:
    from pipc_etl.render.template.texts import day_words, period_words

    shown = made.template
    out.print(f"Escrita: {path}", markup=False)
    about = [shown.contract.title]
    if shown.period:
        about.append(period_words(shown.period))
    if shown.due_on:
        about.append(f"vence el {day_words(shown.due_on)}")
    if made.lines:
        about.append(f"{made.lines} filas ya diligenciadas")
    out.print(" · ".join(about), markup=False)
