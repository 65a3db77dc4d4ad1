"""Who a row speaks about: `person_key`, the pseudonym that stands for a person outside schema `private` (definitions.md, «People»)."""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pyarrow.compute as pc

from pipc_etl.contracts import Contract

# Documents whose number one person keeps through life: birth registration, minor's card, adult's card, NUIP share the number.
_SHARED_NUMBER = pa.array(["RC", "TI", "CC", "NUIP"])
_NO_DOCUMENT = "SD"
_BLOCK = 64


class KeyedHash:
    """HMAC-SHA256 of many short texts under one secret (the two keyed states are prepared once: four times as fast as `hmac`)."""

    def __init__(self, secret: str) -> None:
        key = secret.encode()
        if len(key) > _BLOCK:
            key = hashlib.sha256(key).digest()
        key = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key))

    def hexdigest(self, message: str) -> str:
        inner = self._inner.copy()
        inner.update(message.encode())
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()

    def hexdigests(self, messages: pa.Array) -> pa.Array:
        """One digest a message; null stays null."""
        digest = self.hexdigest
        return pa.array([None if message is None else digest(message) for message in messages.to_pylist()], pa.string())


def person_keys(rows: pa.RecordBatch, contract: Contract, hashes: KeyedHash) -> pa.Array:
    """`person_key` of each row of a contract with persons; null without consent or where nothing identifies anybody."""
    return hashes.hexdigests(pc.if_else(consented(rows), pc.coalesce(*identities(rows, contract)), None))


def identities(rows: pa.RecordBatch, contract: Contract) -> tuple[pa.Array, pa.Array]:
    """What is hashed of each row's document, and of its e-mail; null where there is none."""
    names = {column.name for column in contract.columns}

    def text(name: str) -> pa.Array:
        return rows.column(name).cast(pa.string()) if name in names else pa.nulls(len(rows), pa.string())

    return document_messages(text("document_type"), text("document_number")), email_messages(text("email"))


def consented(rows: pa.RecordBatch) -> pa.Array:
    """Whether each row may keep its personal columns: only an explicit yes counts."""
    return pc.fill_null(rows.column("consent"), False)


def document_messages(kinds: pa.Array, numbers: pa.Array) -> pa.Array:
    """`d:<number>` or `d:<type>:<number>`; null where there is no number or it has no digit but zeros."""
    plain = pc.utf8_upper(pc.utf8_trim_whitespace(pc.utf8_normalize(numbers, form="NFKC")))
    plain = pc.replace_substring_regex(plain, r"\.0$", "")  # a number that a spreadsheet kept as 52345678.0
    plain = pc.replace_substring_regex(plain, "[^0-9A-Z]", "")
    # A document without its type is nearly always the national number.
    shared = pc.or_(pc.is_in(kinds, value_set=_SHARED_NUMBER), pc.and_(pc.is_null(kinds), pc.match_substring_regex(plain, "^[0-9]+$")))
    with_type = pc.binary_join_element_wise("d", pc.fill_null(kinds, "?"), plain, ":")
    messages = pc.if_else(shared, pc.binary_join_element_wise("d:", pc.utf8_ltrim(plain, "0"), ""), with_type)
    usable = pc.and_(pc.match_substring_regex(plain, "[1-9]"), pc.fill_null(pc.not_equal(kinds, _NO_DOCUMENT), True))
    return pc.if_else(usable, messages, None)


def email_messages(addresses: pa.Array) -> pa.Array:
    """`e:<address>`, in lower case; null where it is none."""
    plain = pc.utf8_lower(pc.utf8_trim_whitespace(pc.utf8_normalize(addresses, form="NFKC")))
    return pc.if_else(pc.match_substring(plain, "@"), pc.binary_join_element_wise("e:", plain, ""), None)
