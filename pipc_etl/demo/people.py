"""Answers to attendance forms, with generated people, from a compact description of counts and overlaps.

No name is real: Faker (es_CO, seeded) makes them, and document numbers lie in a range that the Registraduría has never issued.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from faker import Faker

from pipc_etl.errors import ContractError

Answer = dict[str, object]

FIRST_DOCUMENT, LAST_DOCUMENT = 3_000_000_000, 3_999_999_999
_AGES = {"young": (18, 28), "adults": (29, 59), "older_adults": (60, 84)}
_OWN_COLUMNS = {"document_type", "organization"}
_NOBODY = ("full_name", "document_type", "document_number", "email", "phone")


@dataclass(frozen=True)
class Gathering:
    """A session of a window: `attendances` counts persons and the answers that identify nobody, not repeated answers."""

    session_code: str
    event_title: str
    day: date
    start: time
    end: time
    attendances: int


@dataclass(frozen=True)
class Window:
    """A stretch in which `persons` different people take part, `returning` of whom were in an earlier window.

    `sex` and `age` count persons and anonymous answers (`without_consent` + `unidentified`) together; `repeated` answers are sent by
    somebody who had already answered for that session. `edits` change an answer from a day on; `extra` are rows given as they are.
    """

    part: str
    persons: int
    sex: Mapping[str, int]
    age: Mapping[str, int]
    sessions: tuple[Gathering, ...]
    returning: int = 0
    without_consent: int = 0
    unidentified: int = 0
    repeated: int = 0
    edits: tuple[Mapping[str, Any], ...] = ()
    extra: tuple[Mapping[str, Any], ...] = ()


@dataclass
class _Crowd:
    """Makes people; `everyone` are those who may come back, in order of appearance."""

    faker: Faker
    chance: random.Random
    options: Mapping[str, Any]
    everyone: list[Answer] = field(default_factory=list)
    documents: set[int] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def person(self, sex: str, age_band: str) -> Answer:
        names = {"female": self.faker.name_female, "male": self.faker.name_male}
        name = names.get(sex, self.faker.name)()
        by_mail_only = self.chance.random() < float(self.options.get("only_email_share", 0))
        return {
            "full_name": name,
            "document_type": None if by_mail_only else self._pick("document_type", {"CC": 1}),
            "document_number": None if by_mail_only else str(self._document()),
            "email": f"persona{next(self.numbers):04d}.{self.options['seed']}@ejemplo.co",
            "phone": f"300{self.chance.randrange(10**6, 10**7)}",
            "organization": self._pick("organization", {None: 1}),
            "sex": sex,
            "age_band": age_band,
            "age": self.chance.randint(*_AGES[age_band]) if age_band in _AGES else None,
            **{name: self._pick(name, shares) for name, shares in self.options.get("shares", {}).items() if name not in _OWN_COLUMNS},
        }

    def _pick(self, name: str, otherwise: Mapping[Any, float]) -> object:
        shares: Mapping[Any, float] = self.options.get("shares", {}).get(name, otherwise)
        return self.chance.choices(list(shares), list(shares.values()))[0]

    def _document(self) -> int:
        while (number := self.chance.randint(FIRST_DOCUMENT, LAST_DOCUMENT)) in self.documents:
            continue
        self.documents.add(number)
        return number


def attendance_answers(spec: Mapping[str, Any]) -> list[Answer]:
    """All answers that `spec` describes, in order of sending, each with `_part` and `_exported_on` (the first day an export shows it)."""
    seed = int(spec["seed"])
    faker = Faker("es_CO")
    faker.seed_instance(seed)
    chance = random.Random(seed)
    crowd = _Crowd(faker, chance, {"seed": seed, **spec.get("people", {})})
    by_part: dict[str, list[Answer]] = {}
    for entry in spec["windows"]:
        window = _window(entry)
        answers = by_part.setdefault(window.part, [])
        answered = _window_answers(window, crowd, chance)
        for number, answer in enumerate(answered, 1 + sum("response_id" in answer for answer in answers)):
            answer["response_id"] = number
        answers += answered
        answers += _edited(answers, window)
        answers += [{"_part": window.part, **row} for row in window.extra]
    return [answer for answers in by_part.values() for answer in answers]


def _window(entry: Mapping[str, Any]) -> Window:
    sessions = tuple(
        Gathering(
            session_code=item["session_code"],
            event_title=item["event_title"],
            day=item["day"],
            start=time.fromisoformat(item["start"]),
            end=time.fromisoformat(item["end"]),
            attendances=item["attendances"],
        )
        for item in entry["sessions"]
    )
    window = Window(**{**entry, "sessions": sessions, "edits": tuple(entry.get("edits", ())), "extra": tuple(entry.get("extra", ()))})
    everybody = window.persons + window.without_consent + window.unidentified
    for name, counts in (("sex", window.sex), ("age", window.age)):
        if sum(counts.values()) != everybody:
            raise ContractError(f"{window.part}: {name} adds up to {sum(counts.values())}, not {everybody}")
    seats = sum(session.attendances for session in sessions) - window.without_consent - window.unidentified
    if seats < window.persons:
        raise ContractError(f"{window.part}: {window.persons} persons do not fit in {seats} attendances")
    return window


def _window_answers(window: Window, crowd: _Crowd, chance: random.Random) -> list[Answer]:
    profiles = list(zip(_shuffled(window.sex, chance), _shuffled(window.age, chance), strict=True))
    anonymous, identified = profiles[window.persons :], profiles[: window.persons]
    people = _people(window, identified, crowd)
    chance.shuffle(people)
    seats = [session for session in window.sessions for _ in range(session.attendances)]
    # Anonymous answers take the first seats; people fill the rest in turn, so that nobody sits twice in one session.
    nobody = [_anonymous(crowd.person(*profile), number < window.without_consent) for number, profile in enumerate(anonymous)]
    seated = nobody + [{**people[number % len(people)], "consent": True} for number in range(len(seats) - len(nobody))]
    answers = [_answer(person, session, window.part, chance) for person, session in zip(seated, seats, strict=True)]
    answers += _repeated(answers[len(nobody) :], window, chance)
    return sorted(answers, key=lambda answer: str(answer["submitted_at"]))


def _shuffled(counts: Mapping[str, int], chance: random.Random) -> list[str]:
    values = list(Counter(counts).elements())
    chance.shuffle(values)
    return values


def _people(window: Window, profiles: list[tuple[str, str]], crowd: _Crowd) -> list[Answer]:
    known = list(crowd.everyone)
    returning: list[Answer] = []
    newcomers: list[tuple[str, str]] = []
    for profile in profiles:
        match = next((person for person in known if (person["sex"], person["age_band"]) == profile), None)
        if match is None or len(returning) == window.returning:
            newcomers.append(profile)
        else:
            known.remove(match)
            returning.append(match)
    if len(returning) < window.returning:
        raise ContractError(f"{window.part}: only {len(returning)} of {window.returning} returning people match the profile")
    new = [crowd.person(*profile) for profile in newcomers]
    crowd.everyone += new
    return returning + new


def _anonymous(person: Answer, refuses: bool) -> Answer:
    """Somebody who does not authorise (and yet wrote the data: the load must drop them) or who leaves nothing that identifies."""
    if refuses:
        return {**person, "consent": False}
    return {**person, **dict.fromkeys(_NOBODY), "consent": True}


def _answer(person: Answer, session: Gathering, part: str, chance: random.Random) -> Answer:
    opens, closes = datetime.combine(session.day, session.start), datetime.combine(session.day, session.end)
    sent = opens + timedelta(seconds=chance.randrange(int((closes - opens).total_seconds())))
    return {
        **person,
        "_part": part,
        "_exported_on": sent.date(),
        "started_at": sent - timedelta(seconds=chance.randrange(40, 240)),
        "submitted_at": sent,
        "session_code": session.session_code,
        "event_title": session.event_title,
    }


def _repeated(answers: list[Answer], window: Window, chance: random.Random) -> list[Answer]:
    """The same people once more, some minutes later, writing their document with dots and their address in capitals."""
    repeated = []
    for answer in chance.sample(answers, window.repeated):
        later = timedelta(minutes=chance.randrange(3, 25))
        sent, number = answer["submitted_at"], answer["document_number"]
        assert isinstance(sent, datetime)
        repeated.append(
            {
                **answer,
                "started_at": sent + later - timedelta(seconds=60),
                "submitted_at": sent + later,
                "document_number": f"{int(str(number)):,}".replace(",", ".") if number else None,
                "email": str(answer["email"]).upper(),
            }
        )
    return repeated


def _edited(answers: list[Answer], window: Window) -> list[Answer]:
    """Answers that somebody changed: from `_exported_on` on they stand in place of the first one with their `response_id`."""
    by_number = {answer.get("response_id"): answer for answer in answers}
    return [{**by_number[edit["response"]], **edit["set"], "_exported_on": edit["since"]} for edit in window.edits]
