"""The form of an issued event code: five characters and one that checks them, such as `VJ5-C4P`."""

from __future__ import annotations

import hashlib

# Without vowels (no words) and without what paper confuses: neither 0, O, Q nor 1, I, L; of 2 Z, 5 S, 6 G, 8 B only the digit.
# They are 23, a prime: weights that differ and are not 0 then catch every wrong character and every exchange of neighbours.
ALPHABET = "23456789CDFHJKMNPRTVWXY"
_MODULUS = len(ALPHABET)
_PAYLOAD = 5
_LENGTH = _PAYLOAD + 1


def compact(text: str) -> str:
    """`text` in capitals without blanks or separators: how codes are compared, whoever wrote them."""
    return "".join(character for character in text.upper() if character.isalnum())


def check_character(payload: str) -> str:
    """The character that follows `payload`, which is of ALPHABET."""
    # The last character weighs 1: the sum of a whole code is then 0.
    total = sum(weight * ALPHABET.index(character) for weight, character in _weighted(payload))
    return ALPHABET[-total % _MODULUS]


def issued_form(seed: str) -> str:
    """The code that belongs to `seed`: always the same for the same text, in no order that neighbours could be guessed from."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest())
    payload = ""
    for _ in range(_PAYLOAD):
        number, digit = divmod(number, _MODULUS)
        payload += ALPHABET[digit]
    whole = payload + check_character(payload)
    return f"{whole[:3]}-{whole[3:]}"


def has_issued_form(text: str) -> bool:
    """Whether `text` could be a code of ours: as many characters, all of the alphabet."""
    written = compact(text)
    return len(written) == _LENGTH and set(written) <= set(ALPHABET)


def is_valid(text: str) -> bool:
    """Whether `text` has the form of a code of ours and its check character agrees."""
    written = compact(text)
    return has_issued_form(text) and check_character(written[:_PAYLOAD]) == written[_PAYLOAD]


def _weighted(payload: str) -> list[tuple[int, str]]:
    return [(len(payload) + 1 - position, character) for position, character in enumerate(payload)]
