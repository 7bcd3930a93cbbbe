"""Encryption against fixed vectors made with other implementations, good and bad."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.wecom.crypto import CryptoError, Envelope, aes_key, decrypt_media, pad, unpad
from bots.wecom.xml import parse

DATA = json.loads((Path(__file__).parent / "wecom_vectors.json").read_text(encoding="utf-8"))
TOKEN, KEY = DATA["token"], DATA["encoding_aes_key"]


@pytest.mark.parametrize("case", DATA["positive"], ids=lambda c: c["name"])
def test_positive(case: dict[str, str]):
    envelope = Envelope(TOKEN, KEY, case["receive_id"])
    assert envelope.seal(case["plain"], random=case["random16"].encode()) == case["encrypt"]
    signature = envelope.sign(case["timestamp"], case["nonce"], case["encrypt"])
    assert signature == case["msg_signature"]
    opened = envelope.open(
        case["encrypt"], signature=signature, timestamp=case["timestamp"], nonce=case["nonce"]
    )
    assert opened == case["plain"]


@pytest.mark.parametrize("case", DATA["negative"], ids=lambda c: c["name"])
def test_negative(case: dict[str, str]):
    with pytest.raises(CryptoError) as caught:
        Envelope(TOKEN, KEY, case["receive_id"]).open(
            case["encrypt"],
            signature=case["msg_signature"],
            timestamp=case["timestamp"],
            nonce=case["nonce"],
        )
    assert caught.value.code == case["expect_error"]


@pytest.mark.parametrize("case", DATA["media"], ids=lambda c: c["name"])
def test_media(case: dict[str, str]):
    key = base64.b64decode(case["aeskey_b64"]) if "aeskey_b64" in case else aes_key(KEY)
    plain = decrypt_media(key, base64.b64decode(case["ciphertext_b64"]))
    assert hashlib.md5(plain).hexdigest() == case["plain_md5"]  # noqa: S324 - WeCom's checksum


def test_the_published_sample_opens_and_parses():
    sample = DATA["sample"]
    envelope = Envelope(TOKEN, KEY, sample["receive_id"])
    for part in ("verify_url", "decrypt_msg"):
        one = sample[part]
        opened = envelope.open(
            one["encrypt"],
            signature=one["msg_signature"],
            timestamp=one["timestamp"],
            nonce=one["nonce"],
        )
        assert opened == one["expect_plain"]
    assert parse(sample["decrypt_msg"]["expect_plain"])["Content"] == "hello"


@given(st.text(), st.text(max_size=20))
def test_what_is_sealed_opens(text: str, receive_id: str):
    envelope = Envelope(TOKEN, KEY, receive_id)
    sealed = envelope.seal(text)
    signature = envelope.sign("1", "n", sealed)
    assert envelope.open(sealed, signature=signature, timestamp="1", nonce="n") == text


@given(st.binary(max_size=100))
def test_padding_is_undone(data: bytes):
    assert unpad(pad(data)) == data
    assert len(pad(data)) % 32 == 0


@pytest.mark.parametrize("key", ["", "short", KEY[:-1] + "!", KEY + "A"])
def test_a_wrong_key_is_named(key: str):
    with pytest.raises(CryptoError) as caught:
        aes_key(key)
    assert caught.value.code == -40004


@pytest.mark.parametrize(
    "body",
    ["", "{}", "<xml>", '<!DOCTYPE x [<!ENTITY a "b">]><xml><A>&a;</A></xml>', "<x>" * 30_000],
)
def test_hostile_xml_is_refused(body: str):
    with pytest.raises(CryptoError) as caught:
        parse(body)
    assert caught.value.code == -40002


def test_secrets_are_not_printed():
    assert TOKEN not in repr(Envelope(TOKEN, KEY, ""))
    assert KEY not in repr(Envelope(TOKEN, KEY, ""))
