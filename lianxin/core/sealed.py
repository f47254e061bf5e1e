"""A stream of bytes sealed under a key: encrypted and authenticated in frames (AES-256-GCM).

A file of any size is written and read in a few megabytes of memory; a changed, shortened or reordered one is refused.
Format: b"LXS1", 16 bytes of salt, then frames: length (4 bytes, big-endian), ciphertext with tag. The nonce is the
frame's number; the number and "is it the last" are authenticated. The key is HKDF-SHA256(secret, salt), a new one
for each file.
"""

import io
import secrets
import struct
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"LXS1"
FRAME = 1024 * 1024
SALT = 16


class Unsealable(Exception):
    """The file is not sealed, was changed or cut off, or the key is another one."""


def _cipher(secret: str, salt: bytes) -> AESGCM:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=b"lianxin.sealed").derive(secret.encode())
    return AESGCM(derived)


def _bound(number: int, last: bool) -> bytes:
    return struct.pack(">Q?", number, last)


class SealingWriter(io.RawIOBase):
    """What is written here lands sealed in `out`; `close` writes the last frame and leaves `out` open."""

    def __init__(self, out: BinaryIO, secret: str) -> None:
        salt = secrets.token_bytes(SALT)
        self._out, self._cipher, self._number, self._held = out, _cipher(secret, salt), 0, bytearray()
        out.write(MAGIC + salt)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._held += data
        while len(self._held) > FRAME:
            self._frame(bytes(self._held[:FRAME]), last=False)
            del self._held[:FRAME]
        return len(data)

    def _frame(self, data: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(struct.pack(">4xQ", self._number), data, _bound(self._number, last))
        self._out.write(struct.pack(">I", len(sealed)) + sealed)
        self._number += 1

    def close(self) -> None:
        if not self.closed:
            self._frame(bytes(self._held), last=True)
        super().close()


class SealedReader(io.RawIOBase):
    """Reads what a SealingWriter wrote. Raises Unsealable at the first frame that is not as it was written."""

    def __init__(self, source: BinaryIO, secret: str) -> None:
        self._source = source
        if source.read(len(MAGIC)) != MAGIC:
            raise Unsealable("not a sealed file")
        self._cipher, self._number, self._held, self._ended = _cipher(secret, source.read(SALT)), 0, bytearray(), False
        self._next = self._raw()

    def readable(self) -> bool:
        return True

    def _raw(self) -> bytes:
        size = self._source.read(4)
        if not size:
            return b""
        length = struct.unpack(">I", size)[0] if len(size) == 4 else 0
        data = self._source.read(length) if 16 <= length <= FRAME + 16 else b""
        if not data or len(data) != length:
            raise Unsealable("the file is cut off or damaged")
        return data

    def _fill(self) -> None:
        sealed, self._next = self._next, self._raw() if self._next else b""
        if not sealed:
            raise Unsealable("the file is cut off")
        last = not self._next
        try:
            self._held += self._cipher.decrypt(struct.pack(">4xQ", self._number), sealed, _bound(self._number, last))
        except InvalidTag as error:
            raise Unsealable("the key is another one, or the file was changed or cut off") from error
        self._number += 1
        self._ended = last

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._held and not self._ended:
            self._fill()
        taken = self._held[: len(buffer)]
        buffer[: len(taken)] = taken
        del self._held[: len(taken)]
        return len(taken)
