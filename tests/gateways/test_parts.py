"""Multipart of devices, cut at every byte: the same parts, each as soon as it is whole."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from ingest.gateways.parts import Part, Parts, boundary_of

ALERT = b"<EventNotificationAlert><eventType>VMD</eventType></EventNotificationAlert>"

ISAPI = (
    b'--boundary\r\nContent-Type: application/xml; charset="UTF-8"\r\nContent-Length: %d\r\n\r\n%b\r\n'
    % (len(ALERT), ALERT)
    + b'--boundary\r\nContent-Disposition: form-data; name="pic"\r\nContent-Type: image/jpeg\r\n'
    b"Content-Length: 9\r\n\r\n\xff\xd8--\r\n--b\r\n"
    b"--boundary\r\n\r\nno headers at all\r\n--boundary--\r\n"
)
DAHUA = (
    b"\r\n\r\n--myboundary\nContent-Type: text/plain\nContent-Length:9\n\nHeartbeat\n"
    b"--myboundary\nContent-Type: text/plain\nContent-Length:4\n\nCode=VideoBlind;action=Start;index=2\n\n"
    b"--myboundary\nContent-Type: text/plain\n\nCode=VideoLoss;action=Stop;index=0\n--myboundary\n"
)


def bodies(data: bytes, boundary: bytes, cuts: list[int]) -> list[bytes]:
    parts = Parts(boundary, 100_000)
    found: list[Part] = []
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        found += parts.feed(data[start:end])
    return [part.body.strip() for part in [*found, *parts.end()]]


@given(st.lists(st.integers(0, len(ISAPI)), max_size=12).map(sorted))
def test_isapi_cut_anywhere(cuts: list[int]) -> None:
    assert bodies(ISAPI, b"boundary", cuts) == [ALERT, b"\xff\xd8--\r\n--b", b"no headers at all"]


@given(st.lists(st.integers(0, len(DAHUA)), max_size=12).map(sorted))
def test_dahua_with_a_wrong_length_loses_no_heartbeat_and_no_other_part(cuts: list[int]) -> None:
    """A length that is too small may cost the end of its own part where the cut falls just behind it, never another."""
    beat, wrong, loss = bodies(DAHUA, b"myboundary", cuts)
    assert (beat, loss) == (b"Heartbeat", b"Code=VideoLoss;action=Stop;index=0")
    assert b"Code=VideoBlind;action=Start;index=2".startswith(wrong)


def test_every_byte_alone() -> None:
    assert bodies(ISAPI, b"boundary", list(range(len(ISAPI))))[0] == ALERT


def test_an_alert_is_told_before_the_next_boundary() -> None:
    parts = Parts(b"boundary", 1000)
    (alert,) = parts.feed(ISAPI[: ISAPI.index(ALERT) + len(ALERT)])
    assert alert.body == ALERT and alert.kind == "application/xml" and alert.is_text


def test_the_boundary_of_a_header() -> None:
    assert boundary_of("multipart/mixed; boundary=boundary") == b"boundary"
    assert boundary_of('multipart/x-mixed-replace; boundary="--my boundary"; x=y') == b"my boundary"
    assert boundary_of("text/plain") is None
    assert boundary_of("multipart/mixed; boundary=--") is None


def test_memory_is_bounded_and_the_stream_goes_on_after_what_was_too_large() -> None:
    parts = Parts(b"b", 1000)
    chance = random.Random(1)
    assert not list(parts.feed(b"--b\r\n\r\n"))
    for _ in range(100):
        assert not list(parts.feed(chance.randbytes(1000).replace(b"-", b"+")))
        assert len(parts._buffer) <= 1000 + 8 * 1024 + 1000
    assert parts.too_large
    assert [part.body for part in parts.feed(b"\r\n--b\r\n\r\nwell\r\n--b\r\n")] == [b"well"]


@given(st.binary(max_size=400), st.lists(st.binary(max_size=60), max_size=8))
def test_anything_at_all(head: bytes, rest: list[bytes]) -> None:
    parts = Parts(b"b", 200)
    for chunk in (b"--b\r\n", head, *rest):
        for part in parts.feed(chunk):
            assert part.body
    list(parts.end())
