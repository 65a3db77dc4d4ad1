"""Codes that a person copies by hand: one slip is always noticed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipc_etl.events.check_character import ALPHABET, check_character, compact, has_issued_form, is_valid, issued_form

codes = st.text().map(issued_form)


@given(codes)
def test_issued_code_is_valid_however_it_is_spelled(code: str) -> None:
    assert len(compact(code)) == 6
    for spelled in (code, code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')} "):
        assert has_issued_form(spelled)
        assert is_valid(spelled)


@given(codes, st.integers(0, 5), st.sampled_from(ALPHABET))
def test_wrong_character_is_noticed_wherever_it_is(code: str, place: int, wrong: str) -> None:
    plain = compact(code)
    mistaken = plain[:place] + wrong + plain[place + 1 :]
    assert is_valid(mistaken) == (mistaken == plain)


@given(codes, st.integers(0, 4))
def test_exchanged_neighbours_are_noticed_wherever_they_are(code: str, place: int) -> None:
    plain = compact(code)
    mistaken = plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
    assert is_valid(mistaken) == (mistaken == plain)


def test_every_slip_of_one_code_is_noticed() -> None:
    plain = compact(issued_form("una sesión"))
    wrong = [plain[:place] + other + plain[place + 1 :] for place in range(6) for other in ALPHABET if other != plain[place]]
    assert len(wrong) == 6 * 22
    assert not any(is_valid(code) for code in wrong)


def test_hand_made_codes_are_not_taken_for_issued_ones_when_they_have_other_characters() -> None:
    assert not any(has_issued_form(code) for code in ("SG23-DC1", "GAB20-V01", "K7O-4PX", "K7M-4P", ""))
    assert check_character("K7M4P") in ALPHABET
    assert not set("0O1IL5S"[:5] + "QAEU") & set(ALPHABET)
