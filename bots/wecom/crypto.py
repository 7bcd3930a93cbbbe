"""WeCom's callback encryption: AES-256-CBC around a length-prefixed text, and its signature."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass, field

_BLOCK = 32
_KEY_CHARS = 43


class CryptoError(Exception):
    """A callback that must not be believed.

    Attributes:
        code: WeCom's own number: -40001 signature, -40004 key, -40005 receive id,
            -40007 ciphertext, -40008 plaintext, -40010 base64.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


def aes_key(encoding_key: str) -> bytes:
    """Return the 32 bytes behind an EncodingAESKey.

    Raises:
        CryptoError: It is not one.
    """
    try:
        key = base64.b64decode(encoding_key + "=", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(encoding_key) != _KEY_CHARS or len(key) != _BLOCK:
        raise CryptoError(-40004, "the EncodingAESKey must be 43 letters and digits")
    return key


def pad(data: bytes) -> bytes:
    """Return data padded to blocks of 32: always at least one byte."""
    count = _BLOCK - len(data) % _BLOCK
    return data + bytes([count]) * count


def unpad(data: bytes) -> bytes:
    """Return data without its padding.

    Raises:
        CryptoError: The padding is not exactly what `pad` writes.
    """
    count = data[-1] if data else 0
    if not 1 <= count <= _BLOCK or data[-count:] != bytes([count]) * count:
        raise CryptoError(-40008, "wrong padding")
    return data[:-count]


def encrypt_bytes(key: bytes, data: bytes) -> bytes:
    """Encrypt whole blocks; the vector is the key's first half, as WeCom wants it."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    worker = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return worker.update(data) + worker.finalize()


def decrypt_bytes(key: bytes, data: bytes) -> bytes:
    """Decrypt whole blocks.

    Raises:
        CryptoError: The length is not that of whole blocks.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if not data or len(data) % 16:
        raise CryptoError(-40007, "the ciphertext is not made of whole blocks")
    worker = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    return worker.update(data) + worker.finalize()


def decrypt_media(key: bytes, data: bytes) -> bytes:
    """Decrypt a file that a person sent to the bot; it has no header.

    Raises:
        CryptoError: The key or the file is wrong.
    """
    return unpad(decrypt_bytes(key, data))


@dataclass(frozen=True)
class Envelope:
    """Seals and opens callback messages of one application or bot.

    Attributes:
        token: The Token of the callback settings.
        encoding_key: The EncodingAESKey, 43 characters.
        receive_id: Corp id of an application; empty for a bot.
    """

    token: str = field(repr=False)
    encoding_key: str = field(repr=False)
    receive_id: str = ""

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """Return the signature of a sealed message."""
        parts = sorted((self.token, timestamp, nonce, encrypted))
        return hashlib.sha1("".join(parts).encode()).hexdigest()  # noqa: S324 - WeCom's scheme

    def open(self, encrypted: str, *, signature: str, timestamp: str, nonce: str) -> str:
        """Return the text of a sealed message.

        Raises:
            CryptoError: The signature, key, receive id or form is wrong.
        """
        expected = self.sign(timestamp, nonce, encrypted)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise CryptoError(-40001, "the signature does not match: is the Token right?")
        text, receive_id = self._unsealed(encrypted)
        if not hmac.compare_digest(receive_id, self.receive_id.encode()):
            raise CryptoError(-40005, "the message is for another receive id")
        return text

    def seal(self, text: str, *, random: bytes | None = None) -> str:
        """Return a text encrypted.

        Args:
            text: What to say.
            random: Sixteen bytes, for tests; otherwise drawn anew.
        """
        data = text.encode()
        head = (random or os.urandom(16)) + len(data).to_bytes(4, "big")
        whole = pad(head + data + self.receive_id.encode())
        return base64.b64encode(encrypt_bytes(aes_key(self.encoding_key), whole)).decode()

    def _unsealed(self, encrypted: str) -> tuple[str, bytes]:
        try:
            data = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise CryptoError(-40010, "the message is not base64") from None
        plain = unpad(decrypt_bytes(aes_key(self.encoding_key), data))
        end = 20 + int.from_bytes(plain[16:20], "big")
        if len(plain) < 20 or end > len(plain):
            raise CryptoError(-40008, "the length inside the message is wrong")
        try:
            return plain[20:end].decode(), plain[end:]
        except UnicodeDecodeError:
            raise CryptoError(-40008, "the message is not UTF-8") from None
