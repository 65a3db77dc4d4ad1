"""The topics that citizens proposed for the spaces of accountability, and which of them were taken up."""

from __future__ import annotations

from collections.abc import Sequence

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import MartRow
from pipc_etl.publish.composing.naming import anchor
from pipc_etl.publish.composing.session_rows import sessions
from pipc_etl.publish.composing.trace import Trace
from pipc_etl.publish.document import Block, Column, FigureRef, Inline, Note, Paragraph, Section, Table, Text
from pipc_etl.publish.wording import agree

_MART, _FACT = "rpt_proposed_topics", "fct_proposed_topic"
_FOLDED = "Las variantes de un nombre cuentan como un solo tema; se muestra el nombre de la lista de temas."
_KEYS = ("period_code", "call_name")


def build(context: Context) -> Sequence[Section]:
    """One section with a part for each call: those of the year, and earlier ones whose topics its spaces took up; none without calls."""
    proposals = context.marts.rows(
        _FACT,
        keys=("dependency_code", "period_code", "call_name", "wording"),
        order_by="call_order, _submission_id, _row",
    )
    codes = {row["session_code"] for row in sessions(context)}
    year = context.period.fiscal_year
    calls = list(
        dict.fromkeys(
            (str(row["period_code"]), str(row["call_name"]))
            for row in proposals
            if row["fiscal_year"] == year or (row["session_code"] is not None and row["session_code"] in codes)
        )
    )
    totals = {(str(row["period_code"]), str(row["call_name"])): row for row in context.marts.rows(_MART, keys=_KEYS)}
    blocks: list[Block] = []
    for call in calls:
        own = [row for row in proposals if (str(row["period_code"]), str(row["call_name"])) == call]
        blocks += [_summary(context, totals[call], own), _table(totals[call], own)]
    if any(row["wording"].strip(" .") != row["topic_name"] for row in proposals):
        blocks += [Note("method", (_FOLDED,))] if calls else []
    return [Section("temas", context.title("topics", "Temas propuestos por la ciudadanía"), tuple(blocks))] if blocks else []


def _figure(context: Context, row: MartRow, code: str, column: str, **match: object) -> FigureRef:
    where = {name: row[name] for name in _KEYS}
    return context.book.add(
        f"topics/{row['period_code']}/{anchor(str(row['call_name']))}/{code}",
        code,
        row,
        subject=f"{row['call_name']} ({row['period_code']})",
        column=column,
        traces=(Trace(_FACT, {**where, **match}),),
    )


def _summary(context: Context, row: MartRow, proposals: Sequence[MartRow]) -> Paragraph:
    """How many were proposed, how many are different, were proposed before, and were taken up."""
    proposed, distinct, repeated = row["proposed_qty"], row["distinct_qty"], row["repeated_qty"]
    earlier = frozenset(proposal["first_proposed_in_call"] for proposal in proposals) - {None}
    text: list[Inline] = [f"{row['call_name']} ({row['period_code']}): ", _figure(context, row, "proposed_qty", "proposed_qty")]
    text.append(f" {agree(proposed, 'tema', 'temas')}")
    if distinct != proposed:
        text += [", ", _figure(context, row, "distinct_topics", "distinct_qty"), f" {agree(distinct, 'distinto', 'distintos')}"]
    if repeated:
        figure = _figure(context, row, "repeated_topics", "repeated_qty", first_proposed_in_call=earlier)
        text += ["; ", figure, f" ya se {agree(repeated, 'había', 'habían')} propuesto antes"]
    included = row["included_qty"]
    if included is None:
        text.append(". No se ha informado cuáles se incluyeron.")
    else:
        figure = _figure(context, row, "included_topics", "included_qty", is_included=True)
        text += ["; se incluyeron ", figure, ": todos." if included == distinct else "."]
    return Paragraph(tuple(text))


def _table(row: MartRow, proposals: Sequence[MartRow]) -> Table:
    """Each topic once, under the name that the list gives it."""
    said: dict[str, MartRow] = {}
    for proposal in proposals:
        known = said.setdefault(str(proposal["topic_key"]), proposal)
        if proposal["is_included"] and not known["is_included"]:
            said[str(proposal["topic_key"])] = proposal
    answers = any(proposal["is_included"] is not None for proposal in proposals)
    again = any(proposal["first_proposed_in_call"] for proposal in proposals)
    columns = [Column("Tema")]
    columns += [Column("¿Se incluyó?"), Column("Dónde, o por qué no")] if answers else []
    columns += [Column("Propuesto antes en")] if again else []
    rows: list[tuple[Text, ...]] = []
    for proposal in said.values():
        cells: list[Text] = [(str(proposal["topic_name"]),)]
        if answers:
            cells += [(_yes_or_no(proposal["is_included"]),), (str(proposal["included_in"] or proposal["reason_not_included"] or ""),)]
        if again:
            cells.append((str(proposal["first_proposed_in_call"] or ""),))
        rows.append(tuple(cells))
    return Table(f"{row['call_name']} ({row['period_code']})", tuple(columns), tuple(rows))


def _yes_or_no(value: object) -> str:
    return "Sin informar" if value is None else "Sí" if value else "No"
