"""Do the printed figures of a report agree with each other: percents with their numbers, parts with their totals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from pipc_etl.publish.document import Figure
from pipc_etl.publish.numbers import Rounding
from pipc_etl.publish.reconciliation.percents import Counts, PrintedPercent
from pipc_etl.publish.reconciliation.remark import Remark
from pipc_etl.publish.wording import listed, number, period_label

# Numbers of a plan that add up from its parts; percents never do.
ADDITIVE = ("programmed_qty", "executed_qty", "annual_qty", "programmed_to_date_qty", "executed_to_date_qty")
_PARTS = ("rpt_reporting_group_compliance", "rpt_dependency_compliance")
# More than this between an unrounded percent and its numbers is no matter of digits.
_TOLERANCE = Decimal("0.000001")
_PERCENT = "percent"

Figures = Mapping[str, Figure]


def printed_remarks(figures: Figures) -> tuple[Remark, ...]:
    """Every contradiction among the figures of a report, and what its rounded percents leave unsaid."""
    checks = (_ratios(figures), _plan_parts(figures), _complements(figures), _commitments(figures), _profiles(figures))
    return tuple(remark for check in checks for remark in check)


def _ratios(figures: Figures) -> Iterator[Remark]:
    """A percent is 100 times its numbers, and what is printed is that percent rounded as the report says."""
    for key, figure in figures.items():
        if figure.unit != _PERCENT or figure.value is None or figure.numerator is None or not figure.denominator:
            continue
        numbers = f"{number(figure.numerator)} de {number(figure.denominator)}"
        if abs(100 * figure.numerator / figure.denominator - figure.value) > _TOLERANCE:
            yield Remark("error", f"{_name(figure)}: {figure.shown} no es lo que dan sus números ({numbers}).", (key,))
        elif not _prints(figure.numerator, figure.denominator, figure.rounding, figure.shown):
            yield Remark("error", f"{_name(figure)}: {numbers} no se escribe {figure.shown} con el redondeo de este informe.", (key,))


def _prints(numerator: Decimal, denominator: Decimal, rounding: Rounding, shown: str) -> bool:
    rounded = rounding.rounded(100 * numerator / denominator)
    if shown.rstrip("%").strip() != (number(rounded) if rounding.mode == "exact" else number(rounded, rounding.decimals)):
        return False
    if numerator < 0 or any(value != value.to_integral_value() for value in (numerator, denominator)):
        return True
    return PrintedPercent(rounded, rounding).prints(Counts(int(denominator), int(numerator)))


def _plan_parts(figures: Figures) -> Iterator[Remark]:
    """The parts of a plan (reporting groups or dependencies) add up to the plan, number by number."""
    for key, total in figures.items():
        if total.mart != "rpt_plan_compliance" or total.measure not in ADDITIVE or total.value is None:
            continue
        for mart in _PARTS:
            parts = {other: figure for other, figure in figures.items() if figure.mart == mart and _is_part(figure, other, total, key)}
            values = [figure.value for figure in parts.values() if figure.value is not None]
            if values and sum(values) != total.value:
                yield Remark(
                    "error",
                    f"{_name(total)}: las partes suman {number(sum(values, Decimal(0)))} y el total publicado es {total.shown}.",
                    (key, *parts),
                )


def _is_part(figure: Figure, key: str, total: Figure, key_of_total: str) -> bool:
    same_plan = key.split("/")[1:2] == key_of_total.split("/")[1:2]
    return same_plan and (figure.measure, figure.period_code, figure.cutoff) == (total.measure, total.period_code, total.cutoff)


def _complements(figures: Figures) -> Iterator[Remark]:
    """What is done and what is pending are the whole year; printed, they may miss 100 by what the report's rounding takes or gives."""
    for key, done in figures.items():
        other = f"{key.rpartition('/')[0]}/pending_pct"
        pending = figures.get(other)
        if done.measure != "progress_pct" or pending is None or done.value is None or pending.value is None:
            continue
        both = f"«{done.subject}»: {done.shown} de avance y {pending.shown} por ejecutar"
        if abs(done.value + pending.value - 100) > _TOLERANCE:
            yield Remark("error", f"{both} no son el total de la vigencia.", (key, other))
        elif (printed := done.rounding.rounded(done.value) + pending.rounding.rounded(pending.value)) != 100:
            how = "truncar" if done.rounding.mode == "truncate" else "redondear"
            text = f"{both} suman {number(printed)} al {how}; sin {how} son 100."
            yield Remark("warning", text, (key, other))


def _commitments(figures: Figures) -> Iterator[Remark]:
    """What is in charge and what is not add up to what was collected; never across two cut-offs."""
    for key, collected in figures.items():
        if collected.measure != "collected_qty" or collected.value is None:
            continue
        path = key.rpartition("/")[0]
        keys = [f"{path}/{measure}" for measure in ("in_charge_qty", "not_in_charge_qty")]
        values = [figures[one].value for one in keys if one in figures]
        if len(values) == len(keys) and None not in values and sum(value or 0 for value in values) != collected.value:
            shown = listed([figures[one].shown for one in keys])
            yield Remark("error", f"{_name(collected)}: se recogieron {collected.shown}, pero {shown} no suman eso.", (key, *keys))


def _profiles(figures: Figures) -> Iterator[Remark]:
    """Percents of one question have one base and add up to it; what rounding does to their sum is said, and so are different bases."""
    questions: dict[tuple[str, str], list[str]] = {}
    for key, figure in figures.items():
        if figure.mart == "rpt_attendance_profile" and figure.unit == _PERCENT:
            parts = key.rsplit("/", 2)
            questions.setdefault((parts[0], figure.period_code), []).append(key)
    for keys in questions.values():
        yield from _question([(key, figures[key]) for key in keys])


def _question(percents: Sequence[tuple[str, Figure]]) -> Iterator[Remark]:
    keys = tuple(key for key, _ in percents)
    shown = [figure for _, figure in percents if figure.value is not None]
    # «Diálogos ciudadanos, sexo: Mujeres» is one answer of the question «Diálogos ciudadanos, sexo».
    name = percents[0][1].subject.rpartition(": ")[0]
    bases = {figure.denominator for figure in shown}
    if len(bases) > 1:
        yield Remark("error", f"{name}: los porcentajes de una misma pregunta no tienen la misma base.", keys)
        return
    if len(shown) < len(percents) or not shown:
        return
    total = sum((figure.numerator or Decimal(0) for figure in shown), Decimal(0))
    base = bases.pop()
    if base is not None and total != base:
        yield Remark("error", f"{name}: las respuestas suman {number(total)} y la base es {number(base)}.", keys)
        return
    printed = sum((figure.rounding.rounded(figure.value or Decimal(0)) for figure in shown), Decimal(0))
    if printed != 100:
        yield Remark(
            "warning", f"{name}: los porcentajes publicados suman {number(printed)} por el redondeo; los números sí suman la base.", keys
        )


def _name(figure: Figure) -> str:
    return f"«{figure.subject}», {figure.label.lower()} ({period_label(figure.period_code)})"
