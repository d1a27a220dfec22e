"""What stands in a vendor topic: the payload as it came, who sent it, when we had it, and what was taken out of it.

    {"device": "EV-01", "received": "2026-03-12T13:14:36.000Z", "payload": [2, "17", "Authorize", {"idTag": "t-.."}],
     "redacted": ["idTag"]}

The payload's text is carried over byte by byte, except for card numbers: `idTag` becomes a keyed pseudonym, so that
the same card stays the same and nobody can compute it back. A payload beyond 64 kB stands in the blob store, and the
envelope carries `"blob": "sha256:..", "size_bytes"` instead.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from community.model import to_rfc3339
from ingest.adapters.base import Refused
from ingest.adapters.markup import decoded
from ingest.mapping.personal import Personal, redacted
from store.blobs import Blobs

INLINE_BYTES = 64 * 1024
"""A frame of a charge point is 0.1 to 2 kB; beyond 64 kB it is a picture or a log dump."""

_ID_TAG = re.compile(
    rb'(?P<quote>\\?")(?P<name>(?:parent_?)?id_?tag)(?P=quote)(?P<colon>\s*:\s*)'
    rb'(?:(?P<open>\\?")(?P<text>(?:[^"\\]|\\[^"])*)(?P<close>\\?"|$)|(?P<number>-?\d[\d.]*))',
    re.IGNORECASE,
)
"""Also within a JSON text inside a JSON text (DataTransfer), as a number, and cut off at the end of a broken frame."""


class Pseudonyms:
    """Keyed and stable per installation. The key never leaves `var/`."""

    def __init__(self, key_file: Path) -> None:
        self._key = _load_key(key_file)

    def of(self, card: bytes) -> bytes:
        """`t-` and 18 hex digits: 20 characters, what OCPP allows an idTag; 72 bits do not collide by chance."""
        return b"t-" + hmac.new(self._key, card.strip(), hashlib.sha256).hexdigest()[:18].encode()

    def redact(self, text: bytes) -> tuple[bytes, tuple[str, ...]]:
        """The text without card numbers, and the names of the fields that were replaced."""
        names: list[str] = []

        def replace(match: re.Match[bytes]) -> bytes:
            card = match["text"] if match["number"] is None else match["number"]
            if not card.strip():
                return match[0]
            names.append(match["name"].decode())
            head = match["quote"] + match["name"] + match["quote"] + match["colon"]
            quote = match["open"] or match["quote"]
            return head + quote + self.of(card) + (quote if match["close"] is None else match["close"])

        return _ID_TAG.sub(replace, text), tuple(dict.fromkeys(names))


def _load_key(path: Path) -> bytes:
    """32 random bytes, made by whoever comes first (several gateways may start at once)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass  # another gateway's key stands: use that one
        finally:
            temporary.unlink()
    key = path.read_bytes()
    if len(key) != 32:
        raise ValueError(f"{path} should hold a key of 32 bytes, it has {len(key)}")
    return key


NOTHING_PERSONAL = Personal()


class Envelopes:
    """Puts payloads into envelopes. One for a gateway; `personal` are the fields that its source's mapping names."""

    def __init__(self, var: Path, personal: Personal | Callable[[], Personal] = NOTHING_PERSONAL) -> None:
        """A function where the mapping may become another one while this runs."""
        self._blobs = Blobs(var / "blobs")
        self._pseudonyms = Pseudonyms(var / "pseudonym.key")
        self._personal = personal

    def redact(self, text: bytes) -> tuple[bytes, tuple[str, ...]]:
        return self._pseudonyms.redact(text)

    def wrap(self, device: str, received_ms: int, payload: bytes, **facts: Any) -> bytes:
        """`payload` is valid JSON text; `facts` are further members of the envelope. Raises OSError (disk full)."""
        payload, names = self._pseudonyms.redact(payload)
        personal = self._personal if isinstance(self._personal, Personal) else self._personal()
        payload, more = redacted(payload, personal, self._pseudonyms.of)
        names = (*names, *more)
        envelope: dict[str, Any] = {"device": device, "received": to_rfc3339(received_ms), **facts}
        if len(payload) > INLINE_BYTES:
            envelope |= {"payload": None, "blob": self._blobs.put(payload), "size_bytes": len(payload)}
        else:
            envelope["payload"] = msgspec.Raw(payload)
        if names:
            envelope["redacted"] = names
        return msgspec.json.encode(envelope)


def as_json(payload: bytes | str) -> tuple[bytes, dict[str, str]]:
    """Any payload as JSON text, and the facts that tell what was done: JSON as it is, text (XML in the encoding that it
    declares, too) as a JSON string, anything else as base64."""
    if isinstance(payload, str):
        return msgspec.json.encode(payload), {}
    try:
        msgspec.json.decode(payload, type=msgspec.Raw)
        payload.decode()
        return payload.strip(), {}
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    try:
        return msgspec.json.encode(decoded(payload)), {}
    except Refused:
        return msgspec.json.encode(payload), {"encoding": "base64"}


def unfold(envelope: Any, blobs: Blobs) -> Any:
    """The envelope with the payload back in its place. Raises BlobMissing when its blob is gone."""
    if isinstance(envelope, dict) and envelope.get("payload") is None and isinstance(name := envelope.get("blob"), str):
        return {**envelope, "payload": msgspec.json.decode(blobs.get(name))}
    return envelope
