"""The file of connections: a fault is said with its line, and no credential stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.connections import ConnectionsError, load, sources_of
from ingest.ways import Http, Mqtt
from tests.gateways.house import GARDEN

WHOLE = """\
# a garden
- way: mqtt
  id: zigbee
  source: zigbee2mqtt
  feed: house
  url: mqtts://broker.example:8883
  user: shouwang
  password: {env: MQTT}
  topics:
    - zigbee2mqtt/#
- way: http
  id: hooks
  source: lorawan
  token: {file: token.txt}
"""


def told(tmp_path: Path, text: str, **environ: str) -> str:
    path = tmp_path / "c.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConnectionsError) as error:
        load(path, {"garden": GARDEN}, {"MQTT": "m", **environ})
    return str(error.value).removeprefix(f"{path}:")


def test_a_whole_file(tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text("t-1\n")
    path = tmp_path / "c.yaml"
    path.write_text(WHOLE, "utf-8")
    mqtt, http = load(path, {"garden": GARDEN}, {"MQTT": "m"})
    assert isinstance(mqtt, Mqtt) and isinstance(http, Http)
    assert (mqtt.password.value if mqtt.password else "", http.token.value) == ("m", "t-1")
    assert (mqtt.feed, http.feed, mqtt.community) == ("house", "lorawan", "garden")
    assert "t-1" not in repr(http) and "m'" not in repr(mqtt)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("{env: MQTT}", "geheim", 8, "a credential does not stand here"),
        ("{env: MQTT}", "{env: NOWHERE}", 8, "no NOWHERE"),
        ("{file: token.txt}", "{file: none.txt}", 14, "none.txt cannot be read"),
        ("way: mqtt", "way: telex", 2, "Invalid value 'telex'"),
        ("feed: house", "feed: home", 5, "garden has no source 'home'"),
        ("source: lorawan", "source: radio", 13, "nothing reads 'radio'"),
        ("user: shouwang", "usr: shouwang", 7, "unknown field `usr`"),
        ("mqtts://broker.example:8883", "https://broker", 6, "matching"),
        ("id: hooks", "id: zigbee", 12, "two connections"),
        ("feed: house", "community: park", 5, "no community 'park'"),
        ("    - zigbee2mqtt/#", "    - [1]", 10, "Expected `str`"),
        ("- way: http", "-way: http", 11, "not YAML"),
    ],
)
def test_a_fault_is_said_with_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    (tmp_path / "token.txt").write_text("t-1\n")
    said = told(tmp_path, WHOLE.replace(old, new))
    assert said.startswith(f"{line}: ") and words in said


def test_a_vendor_may_be_recorded_before_anybody_can_read_it(tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text("t-1\n")
    radio = WHOLE.replace("  source: lorawan\n", "  source: radio\n  feed: house\n  unmapped: true\n")
    path = tmp_path / "c.yaml"
    path.write_text(radio, "utf-8")
    assert load(path, {"garden": GARDEN}, {"MQTT": "m"})[1].source == "radio"
    assert sources_of(path) == ["zigbee2mqtt"]
    assert told(tmp_path, radio.replace("radio", "Radio/7")).startswith("13: a new source is named in small letters")


def test_two_that_could_not_be_told_apart(tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text("t-1\n")
    again = "- {way: http, id: more, source: lorawan, token: {file: token.txt}}\n"
    assert told(tmp_path, WHOLE + again).startswith("15: another connection of this source has the same token")


def test_who_reads_what_they_say_needs_no_credential(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(WHOLE + "- {way: modbus, id: plant}\n- {way: http, source: radio}\n- 7\n", "utf-8")
    assert sources_of(path) == ["lorawan", "modbus", "zigbee2mqtt"]
    assert sources_of(tmp_path / "none.yaml") == []
