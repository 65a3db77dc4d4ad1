"""`person_key`: the same person gets the same key, whatever the spelling, and nobody gets one without consent."""

import hashlib
import hmac

import pyarrow as pa
import pytest

from pipc_etl.contracts import Contract, load_catalog
from pipc_etl.settings import PROJECT_ROOT
from pipc_etl.warehouse.people import KeyedHash, person_keys

SECRET = "a secret of the installation, longer than one block of sha256 so that it is hashed first"


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_catalog(PROJECT_ROOT / "expectations").contracts["attendance_form"]


def keys(contract: Contract, *people: tuple[bool | None, str | None, str | None, str | None]) -> list[str | None]:
    columns = list(zip(*people, strict=True))
    rows = pa.RecordBatch.from_arrays(
        [pa.array(columns[0], pa.bool_()), *(pa.array(column, pa.string()) for column in columns[1:])],
        names=["consent", "document_type", "document_number", "email"],
    )
    result: list[str | None] = person_keys(rows, contract, KeyedHash(SECRET)).to_pylist()
    return result


def reference(message: str) -> str:
    return hmac.new(SECRET.encode(), message.encode(), hashlib.sha256).hexdigest()


def test_key_is_hmac_sha256_when_compared_with_the_standard_library(contract: Contract) -> None:
    assert keys(
        contract, (True, "CC", "52345678", None), (True, "PA", "AB-123 x", "a@b.co"), (True, None, None, " Luz.Peña@Ejemplo.CO ")
    ) == [reference("d:52345678"), reference("d:PA:AB123X"), reference("e:luz.peña@ejemplo.co")]


@pytest.mark.parametrize("secret", ["short", SECRET])
def test_keyed_hash_equals_the_standard_library_when_the_secret_is_short_or_long(secret: str) -> None:
    assert KeyedHash(secret).hexdigest("ñandú") == hmac.new(secret.encode(), "ñandú".encode(), hashlib.sha256).hexdigest()


def test_key_is_one_when_a_person_keeps_the_number_through_life(contract: Contract) -> None:
    found = keys(
        contract,
        (True, "RC", "1.012.345.678", None),
        (True, "TI", "1012345678", "other@mail.co"),
        (True, "CC", " 01012345678 ", None),
        (True, "NUIP", "1012345678.0", None),
        (True, None, "1,012,345,678", None),
        (True, "CC", "１０１２３４５６７８", None),
    )
    assert found == [reference("d:1012345678")] * 6


def test_keys_differ_when_other_documents_share_a_number(contract: Contract) -> None:
    found = keys(contract, (True, "CC", "123456", None), (True, "CE", "123456", None), (True, "PA", "123456", None))
    assert None not in found
    assert len(set(found)) == 3


def test_email_counts_only_when_there_is_no_document(contract: Contract) -> None:
    by_email = reference("e:a@b.co")
    found = keys(
        contract,
        (True, "CC", "77", "a@b.co"),
        (True, "CC", None, "A@B.co"),
        (True, "SD", "123", "a@b.co"),
        (True, "CC", "000", "a@b.co"),
        (True, "CC", "no tiene", "a@b.co "),
        (True, None, None, "no tengo"),
    )
    assert found == [reference("d:77"), by_email, by_email, by_email, by_email, None]


def test_nobody_gets_a_key_when_consent_is_not_an_explicit_yes(contract: Contract) -> None:
    assert keys(contract, (False, "CC", "52345678", "a@b.co"), (None, "CC", "52345678", "a@b.co")) == [None, None]
