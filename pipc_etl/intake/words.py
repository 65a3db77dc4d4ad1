"""Reading of words: cleaning, the five nulls, yes and no, codes and lists of codes."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Literal

from pipc_etl.contracts import Code, Codelist, fold

MissingReason = Literal["not_applicable", "no_data", "no_answer", "pending"]


@dataclass(frozen=True, slots=True)
class Missing:
    """The cell says why there is no value."""

    reason: MissingReason


@dataclass(frozen=True, slots=True)
class Fault:
    """The cell cannot be read: `rule` is a rule of `messages.yaml`, `params` fill its text."""

    rule: str
    params: dict[str, str] = field(default_factory=dict)


_ESCAPES = re.compile(r"_x00[0-9A-Fa-f]{2}_")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffe\uffff\ud800-\udfff]"
)
_BLANKS = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_BREAKS = re.compile(" *(?:\r\n|[\n\r\x85\u2028\u2029])+ *")
_PLAIN = re.compile(r"[!-~¡-¬®-ÿ]+(?: [!-~¡-¬®-ÿ]+)*", re.ASCII)
_DASHES = re.compile(r"[-–—_.]+")

_REASONS: dict[str, MissingReason] = {
    "n a": "not_applicable",
    "no aplica": "not_applicable",
    "no aplicable": "not_applicable",
    "s d": "no_data",
    "n d": "no_data",
    "sin dato": "no_data",
    "sin datos": "no_data",
    "sin informacion": "no_data",
    "no disponible": "no_data",
    "no responde": "no_answer",
    "no respondio": "no_answer",
    "no contesta": "no_answer",
    "no informa": "no_answer",
    "sin respuesta": "no_answer",
    "prefiero no responder": "no_answer",
    "prefiere no responder": "no_answer",
    "n r": "no_answer",
    "ns nr": "no_answer",
    "pend": "pending",
    "pendiente": "pending",
    "por definir": "pending",
}
_BARE_REASONS: dict[str, MissingReason] = {"na": "not_applicable", "sd": "no_data", "nd": "no_data", "nr": "no_answer"}

_YES = frozenset({"si", "s", "x", "1", "verdadero", "v", "true", "yes", "y", "autorizo", "acepto", "de acuerdo", "✓", "✔"})
_NO = frozenset({"no", "n", "0", "falso", "f", "false"})
_ANSWER = re.compile(r"(si|no) (?:lo |la |las |los )?(?:autorizo|acepto|doy|deseo|quiero|estoy de acuerdo|consiento)\b.*")


def clean(text: str) -> str:
    """`text` composed (NFC), without invisible characters, with single blanks and single line breaks, trimmed."""
    if _PLAIN.fullmatch(text) and "_x00" not in text:
        return text
    text = _INVISIBLE.sub("", _ESCAPES.sub(" ", unicodedata.normalize("NFC", text)))
    return _BREAKS.sub("\n", _BLANKS.sub(" ", text)).strip()


def is_dash(text: str) -> bool:
    """Whether the cell holds only a dash, a dot or a rule to be written upon: a blank."""
    return _DASHES.fullmatch(text) is not None


def missing_reason(text: str, *, is_text: bool) -> MissingReason | None:
    """Why there is no value, if the whole cell says so; in text columns `NA` and the like count in capitals only."""
    if len(text) > 24:
        return None
    folded = fold(text)
    reason = _REASONS.get(folded)
    if reason is None and (not is_text or text.isupper()):
        reason = _BARE_REASONS.get(folded)
    return reason


def read_boolean(text: str) -> bool | Fault:
    """Yes or no in the ways that forms and workbooks write it; a lone mark (x) is yes."""
    folded = fold(text) or text
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    answer = _ANSWER.fullmatch(folded)
    return answer[1] == "si" if answer else Fault("boolean.invalid")


def read_code(text: str, codelist: Codelist, period: tuple[date, date] | None) -> str | Fault:
    """The code that `text` names, if it holds at some day of `period`."""
    code = codelist.find(text)
    if code is None:
        close = get_close_matches(fold(text), [fold(label) for label in codelist.labels], n=1, cutoff=0.75)
        near = next((label for label in codelist.labels if close and fold(label) == close[0]), "")
        return Fault("code.unknown", {"hint": f" ¿Quiso escribir «{near}»?" if near else "", "allowed": _list(codelist.labels)})
    if period and not _holds(code, period):
        return Fault("code.not_in_force", {"label": code.label})
    return code.code


def read_codes(text: str, codelist: Codelist, period: tuple[date, date] | None) -> list[str] | Fault:
    """The codes in a list written with `;`, line breaks or `, ` (labels may hold commas themselves), each once."""
    found: list[str] = []
    for part in split_list(text, commas=False):
        pieces = part.split(", ")
        start = 0
        while start < len(pieces):
            # The longest run of pieces that reads as one label wins: «Negro(a), mulato(a)» is one answer.
            for end in range(len(pieces), start, -1):
                piece = ", ".join(pieces[start:end]).strip(" ,")
                if codelist.find(piece) or end == start + 1:
                    break
            start = end
            if not piece:
                continue
            code = read_code(piece, codelist, period)
            if isinstance(code, Fault):
                return Fault(code.rule, {**code.params, "part": piece})
            if code not in found:
                found.append(code)
    return found


def split_list(text: str, *, commas: bool) -> list[str]:
    """The parts of a list; free text is split at `;` and line breaks only, because names hold commas."""
    parts = re.split(r"[;\n]|, " if commas else r"[;\n]", text)
    return [part.strip() for part in parts if part.strip()]


def _holds(code: Code, period: tuple[date, date]) -> bool:
    start, end = period
    return code.valid_from <= end and (code.valid_to is None or code.valid_to >= start)


def _list(labels: tuple[str, ...]) -> str:
    return ", ".join(labels[:12]) + ("…" if len(labels) > 12 else "")
