"""SIP as text (RFC 3261), as much of it as GB/T 28181 needs: requests in, answers out, digest login. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import NamedTuple

_COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
}
_USER = re.compile(r"sips?:([^@;>\s]+)@", re.IGNORECASE)
_PARAMETER = re.compile(r"(\w+)\s*=\s*(?:\"([^\"]*)\"|([^\s,]+))")
_HEADERS_LIMIT = 100

NONCE_S = 300
"""A device answers a challenge at once; a nonce that is older is challenged again (stale)."""


class NotSip(ValueError):
    """The datagram is no SIP message: keep-alive blanks, a scan, a stranger. Permanent."""


class Message(NamedTuple):
    start: str
    """`REGISTER sip:34020000002000000001@3402000000 SIP/2.0` or `SIP/2.0 200 OK`."""
    headers: tuple[tuple[str, str], ...]
    """Names in small letters, compact ones written out; in their order."""
    body: bytes

    @property
    def method(self) -> str:
        """Empty: it is an answer."""
        return "" if self.start.startswith("SIP/2.0") else self.start.partition(" ")[0]

    @property
    def status(self) -> int:
        """Of an answer; 0: it is a request."""
        code = self.start.split(" ")[1] if not self.method else ""
        return int(code) if code.isdigit() else 0

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known == name]

    def first(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    @property
    def sender(self) -> str:
        """The user of From: the device's id."""
        found = _USER.search(self.first("from"))
        return found[1] if found else ""

    @property
    def transaction(self) -> tuple[str, str]:
        """The same again is a retransmission."""
        return self.first("call-id"), self.first("cseq")

    @property
    def expires_s(self) -> int | None:
        found = re.search(r";\s*expires=(\d{1,7})", self.first("contact"), re.IGNORECASE)
        said = found[1] if found else self.first("expires")
        return int(said) if said.isdigit() and len(said) < 8 else None


def read(datagram: bytes) -> Message:
    """Raises NotSip."""
    head, _, body = datagram.lstrip(b"\r\n").partition(b"\r\n\r\n")
    try:
        lines = re.sub(r"\r\n[ \t]+", " ", head.decode()).split("\r\n")
    except UnicodeDecodeError as error:
        raise NotSip("its head is no text") from error
    start, headers = lines[0].strip(), []
    if not (start.startswith("SIP/2.0 ") or re.fullmatch(r"[A-Z]{1,20} \S+ SIP/2\.0", start)):
        raise NotSip(f"no SIP: {start[:60]!r}")
    for line in lines[1 : _HEADERS_LIMIT + 1]:
        name, colon, value = line.partition(":")
        if not colon:
            raise NotSip(f"no header: {line[:60]!r}")
        name = name.strip().lower()
        headers.append((_COMPACT.get(name, name), value.strip()))
    message = Message(start, tuple(headers), body)
    length = message.first("content-length")
    if length.isdigit() and int(length) < len(body):
        message = message._replace(body=body[: int(length)])
    if not (message.first("call-id") and message.first("cseq") and message.first("via")):
        raise NotSip("it lacks Call-ID, CSeq or Via")
    return message


def answer(
    request: Message, status: str, address: tuple[str, int], *more: tuple[str, str], tag: str = "shouwang"
) -> bytes:
    """`status` as `200 OK`. Goes back the way it came; a device behind NAT is told how it is seen."""
    vias = request.all("via")
    if ";rport" in vias[0]:
        vias[0] = re.sub(r";rport(?!=)", f";rport={address[1]}", vias[0]) + f";received={address[0]}"
    to = request.first("to")
    headers = [
        *(("Via", via) for via in vias),
        ("From", request.first("from")),
        ("To", to if ";tag=" in to else f"{to};tag={tag}"),
        ("Call-ID", request.first("call-id")),
        ("CSeq", request.first("cseq")),
        *more,
        ("Content-Length", "0"),
    ]
    return _written(f"SIP/2.0 {status}", headers, b"")


def request(
    method: str,
    uri: str,
    *,
    ours: str,
    theirs: str,
    via: str,
    branch: str,
    call_id: str,
    number: int,
    body: bytes,
    transport: str = "UDP",
    more: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """A request of ours outside a dialogue. `ours` and `theirs`: the addresses of From and To; `via`: host:port."""
    headers = [
        ("Via", f"SIP/2.0/{transport} {via};rport;branch=z9hG4bK{branch}"),
        ("From", f"<{ours}>;tag={branch}"),
        ("To", f"<{theirs}>"),
        ("Call-ID", call_id),
        ("CSeq", f"{number} {method}"),
        ("Max-Forwards", "70"),
        *more,
        ("Content-Type", "Application/MANSCDP+xml"),
        ("Content-Length", str(len(body))),
    ]
    return _written(f"{method} {uri} SIP/2.0", headers, body)


def _written(start: str, headers: list[tuple[str, str]], body: bytes) -> bytes:
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Digests:
    """Challenges without a memory: a nonce carries its own time, signed with a key of this process."""

    def __init__(self, realm: str, password: str, key: bytes) -> None:
        self._realm, self._password, self._key = realm, password, key

    def challenge(self, now_s: float, stale: bool = False) -> str:
        more = ", stale=true" if stale else ""
        return f'Digest realm="{self._realm}", nonce="{self._nonce(int(now_s))}", algorithm=MD5{more}'

    def is_right(self, message: Message, now_s: float) -> bool | None:
        """None: right once, but the nonce is too old or another process's."""
        told = {name: quoted or bare for name, quoted, bare in _PARAMETER.findall(message.first("authorization"))}
        ours = _md5(f"{told.get('username', '')}:{self._realm}:{self._password}")
        theirs = _md5(f"{message.method}:{told.get('uri', '')}")
        nonce = told.get("nonce", "")
        middle = f"{told.get('nc')}:{told.get('cnonce')}:{told['qop']}:" if told.get("qop") else ""
        due = _md5(f"{ours}:{nonce}:{middle}{theirs}")
        if told.get("username") != message.sender or not hmac.compare_digest(told.get("response", ""), due):
            return False
        said_s = int(nonce.partition(".")[0], 16) if re.fullmatch(r"[0-9a-f]{1,12}\.[0-9a-f]{32}", nonce) else 0
        return True if nonce == self._nonce(said_s) and 0 <= now_s - said_s <= NONCE_S else None

    def _nonce(self, at_s: int) -> str:
        return f"{at_s:x}.{hmac.new(self._key, b'%d' % at_s, hashlib.sha256).hexdigest()[:32]}"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
