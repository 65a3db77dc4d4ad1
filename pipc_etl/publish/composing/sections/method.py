"""How the figures were made: cut-off, what was known, plan version, rounding; and every note that does not belong to one section."""

from __future__ import annotations

from collections.abc import Sequence

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.plan_figures import plan_rows
from pipc_etl.publish.document import Block, Bullets, Section, Text
from pipc_etl.publish.numbers import Rounding
from pipc_etl.publish.reconciliation.remark import as_notes
from pipc_etl.publish.reconciliation.remarks import remarks
from pipc_etl.publish.wording import counted, long_date, moment


def build(context: Context) -> Sequence[Section]:
    """The last section: what a reader needs to compute every figure again."""
    rows = plan_rows(context)
    items: list[Text] = [
        (f"Corte: {long_date(context.address.cutoff)}. Las cifras dicen lo que se sabía el {moment(context.known_at)}.",),
        *((f"{row['plan_name']}: versión {row['plan_version']}, aprobada el {long_date(row['plan_approved_on'])}.",) for row in rows),
        (_rounding(context.definition.rounding),),
        ("Los porcentajes de un plan o de una dependencia son razones de sumas, nunca promedios de porcentajes, y pueden pasar de 100 %.",),
        ("Cada cifra enlaza con su definición, su fórmula con números y los archivos, hojas y celdas de donde salió.",),
    ]
    found = remarks(context.book.figures, context.marts, context.definition.plan_codes, context.period.code, context.definition.rounding)
    blocks: tuple[Block, ...] = (Bullets(tuple(items)), *as_notes(found), *context.notes)
    return [Section("metodo", context.title("method", "Cómo se hizo este informe"), blocks)]


def _rounding(rounding: Rounding) -> str:
    places = "sin decimales" if rounding.decimals == 0 else f"con {counted(rounding.decimals, 'decimal', 'decimales')}"
    how = {"half_up": "redondeados (la mitad, hacia arriba)", "truncate": "truncados, sin redondear", "exact": "como están en la fuente"}
    return f"Los porcentajes se publican {places}, {how[rounding.mode]}; al lado está siempre de cuántas unidades son."
