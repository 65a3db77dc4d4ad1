"""Which session a response belongs to, from what it says: by its code, else by the form's title and the day, else nobody guesses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from pipc_etl.contracts import fold
from pipc_etl.events.check_character import compact, has_issued_form, is_valid
from pipc_etl.events.titles import read_title

Method = Literal["waiting", "code", "title_and_date", "settled", "withdrawn"]
# A response is not of a session that did not take place; whoever writes its code has the last word.
_NOT_HELD = frozenset({"cancelled", "postponed"})


@dataclass(frozen=True)
class Session:
    """A session as it is known now."""

    session_code: str
    title: str
    session_on: date
    session_status: str


@dataclass(frozen=True)
class Question:
    """What responses say that ask for the same session: the code written in them, the title of their form and the day in Bogotá."""

    written_code: str | None
    title: str | None
    submitted_on: date


@dataclass(frozen=True)
class Decision:
    """The session of a response; where it waits, the code as written. `reason`: EXACT, one of the queue's, or a word for the rest."""

    method: Method
    session_code: str | None
    reason: str


# A shorter code may stand in a title by chance: «Taller 1».
_CODE_LENGTH = 5
# The code as it is written is a session's: nothing needs to be decided.
EXACT = "exact"


class Sessions:
    """The sessions of an entity as one asks for them, and the codes issued to it."""

    def __init__(self, sessions: Iterable[Session], issued_codes: Iterable[str]) -> None:
        self.by_code = {session.session_code: session for session in sessions}
        self.by_day: dict[date, list[Session]] = defaultdict(list)
        self._by_compact: dict[str, list[Session]] = defaultdict(list)
        for session in self.by_code.values():
            self._by_compact[compact(session.session_code)].append(session)
            if session.session_status not in _NOT_HELD:
                self.by_day[session.session_on].append(session)
        self.issued = {compact(code): code for code in issued_codes}

    @cached_property
    def plain_codes(self) -> list[tuple[str, str]]:
        """The codes of sessions, then those issued to sessions not reported yet, each as it is compared and as it is written."""
        known = dict.fromkeys((*self.by_code, *self.issued.values()))
        return [(compact(code), code) for code in known]

    @cached_property
    def _folded_codes(self) -> list[tuple[str, str]]:
        """The codes that may be looked for in a title, as they stand there among blanks."""
        return [(f" {fold(code)} ", code) for plain, code in self.plain_codes if len(plain) >= _CODE_LENGTH]

    def spelled(self, code: str) -> list[Session]:
        """The sessions whose code is `code` but for capitals, blanks and separators."""
        return self._by_compact.get(compact(code), [])

    def decide(self, question: Question) -> Decision:
        """The one session that the question leaves, or the reason why it waits."""
        if question.written_code:
            return self._by_written_code(question.written_code)
        named = self._named(question)
        if len(named) == 1:
            return Decision("title_and_date", named[0].session_code, "title_and_date")
        return Decision("waiting", question.written_code, "several" if named else "blank")

    def _by_written_code(self, written: str) -> Decision:
        if written in self.by_code:
            return Decision("code", written, EXACT)
        same = self.spelled(written)
        if len(same) == 1:
            return Decision("code", same[0].session_code, "spelling")
        if same:
            return Decision("waiting", written, "ambiguous")
        if compact(written) in self.issued:
            return Decision("waiting", written, "not_reported")
        return Decision("waiting", written, "mistyped" if has_issued_form(written) and not is_valid(written) else "unknown")

    def _named(self, question: Question) -> list[Session]:
        """The sessions of the day whose name the title is, but for what forms add; where it has a code in it, those of the code alone.

        None where the title speaks of another day.
        """
        title = read_title(question.title or "")
        if not title.words or not title.allows(question.submitted_on):
            return []
        of_day = self.by_day.get(question.submitted_on, [])
        folded = f" {fold(question.title or '')} "
        mentioned = {code for spelled, code in self._folded_codes if spelled in folded}
        if mentioned:
            return [session for session in of_day if session.session_code in mentioned]
        equal = [session for session in of_day if read_title(session.title).words == title.words]
        return equal or [session for session in of_day if title.names(read_title(session.title))]
