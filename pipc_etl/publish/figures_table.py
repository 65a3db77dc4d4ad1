"""The table of figures that `pipc figures` and the demonstration print, in Spanish."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from pipc_etl.publish.figures import NO_PERCENT_STATUS, FigureCheck

PENDING = "Pend."


def figures_table(checks: Sequence[FigureCheck]) -> Table:
    """Subject, period, measure, value, published and whether they agree, with the count in the title."""
    agreed = sum(check.match for check in checks)
    table = Table(title=f"Cifras calculadas y publicadas: coinciden {agreed} de {len(checks)} (reconstrucción)")
    table.add_column("Cifra", overflow="fold", ratio=5)
    table.add_column("Período", no_wrap=True)
    table.add_column("Medida", overflow="fold", ratio=2)
    table.add_column("Valor", justify="right", no_wrap=True)
    table.add_column("Publicado", justify="right", no_wrap=True)
    table.add_column("¿Coincide?", justify="center")
    for check in checks:
        mark = "[green]sí[/green]" if check.match else "[bold red]NO[/bold red]"
        table.add_row(check.subject, check.period, check.measure, shown_value(check), shown_published(check), mark)
    return table


def shown_value(check: FigureCheck) -> str:
    """The computed figure as the report would print it."""
    if not check.is_found:
        return "sin dato"
    if check.value is None and check.status == NO_PERCENT_STATUS:
        return PENDING
    return check.figure.shown(check.value)


def shown_published(check: FigureCheck) -> str:
    """The published figure as it was printed."""
    return PENDING if check.published is None else check.figure.shown(check.published)
