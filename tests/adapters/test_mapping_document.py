"""A mapping that cannot be used says so with its line, before a payload comes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.site import Site, parse_site
from ingest.adapters.base import Canonical, Ignored, Payload, Refused
from ingest.mapping.adapter import Mapped
from ingest.mapping.document import load
from ingest.mapping.places import MappingError, parse

HEAD = 'source: probe\nsubject: "{body.id}"\nrecords:\n'


def mapped(text: str, site: Site | None = None) -> Mapped:
    return Mapped(load(text, "probe", "probe.yaml"), site)


def records(text: str, body: Any, site: Site | None = None, **about: Any) -> list[Canonical]:
    outcome = mapped(text, site).adapt(Payload(body, received_ms=0, **about))
    assert isinstance(outcome, list)
    return outcome


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "1: the file is empty"),
        ("source: [", "1: not YAML"),
        ("a: 1\na: 2\n", "2: 'a' stands here twice"),
        ("source: other\nrecords: []\n", "1: source is 'other'"),
        ("source: probe\n", "1: a mapping lacks 'records'"),
        ("source: probe\nrecord: []\nrecords: []\n", "2: a mapping has no 'record'"),
        (
            "source: probe\nsubject: body.x\nnot_used:\n  why: [said.x]\nrecords:\n  - type: device.heartbeat\n",
            "4: 'said.x' is no path of a payload",
        ),
        ("source: probe\nformat: yaml\nrecords: []\n", "2: format 'yaml' is none of json"),
        ("source: probe\nformat: text\nrecords: []\n", "1: a mapping with format: text lacks 'text'"),
        ("source: probe\ncolumns: {}\nrecords: []\n", "2: columns stands in mappings with format: csv only"),
        (
            HEAD.replace("records", "format: csv\ncolumns: {optional: [b]}\nrecords") + "  - type: device.heartbeat\n",
            "4: 'b' is no column that the mapping uses",
        ),
        ("source: probe\nxml: {}\nrecords: []\n", "2: xml stands in mappings with format: xml only"),
        ("source: probe\nformat: text\ntext: {pattern: '('}\nrecords: []\n", "3: no regular expression"),
        ("source: probe\nformat: text\ntext: {pattern: 'a'}\nrecords: []\n", "3: no part of the pattern has a name"),
        ("source: probe\nlet:\n  x: body.a\n  body: x\nrecords: []\n", "4: 'body' has a meaning already"),
        ("source: probe\nlet:\n  x: y\nrecords: []\n", "3: x: 'y' is none of body, device, file, topic"),
        ("source: probe\nids: upper\nrecords: []\n", "2: ids is lower"),
        ("source: probe\nsubject: '{body.id'\nrecords: []\n", "2: subject: a brace without its other half"),
        ("source: probe\nignore:\n  - when: body.x\nrecords: []\n", "3: a condition lacks 'rule'"),
        (HEAD + "  - type: sos.pres\n", "4: 'sos.pres' is no type of a record"),
        (HEAD + "  - type: sos.press\n    wen: body.x\n", "5: a record has no 'wen'"),
        (HEAD + "  - type: sos.press\n    data:\n      press: body.\n", "6: press: no JMESPath"),
        (HEAD + "  - type: sos.press\n    data:\n      press: item.x\n", "6: press: 'item' is none of"),
        (
            HEAD + "  - type: sos.press\n    data:\n      press:\n        pick: body.a\n        wrods: {}\n",
            "8: press has no 'wrods'",
        ),
        (HEAD + "  - type: sos.press\n    data:\n      press: {pick: body.a, value: 1}\n", "6: press needs one of"),
        (HEAD + "  - type: sos.press\n    data:\n      press: {pick: body.a, as: word}\n", "6: as: 'word' is none of"),
        (
            HEAD + "  - type: meter.reading\n    data:\n      volume_m3: {pick: body.a, unit: kW}\n",
            "6: 'kW' does not become",
        ),
        (
            HEAD + "  - type: meter.reading\n    data:\n      volume_m3: {pick: body.a, scale: '2'}\n",
            "6: scale is not a number",
        ),
        (
            HEAD + "  - type: sos.press\n    data:\n      press: {pick: body.a, other: x}\n",
            "6: other stands with words",
        ),
        (
            HEAD + "  - type: sos.press\n    data:\n      press: {pick: body.a, words: {a b: x, a-b: y}}\n",
            "6: two of the words",
        ),
        (
            HEAD + "  - type: sos.press\n    data:\n      press: {pick: body.a, replace: {'(': x}}\n",
            "6: press: no regular",
        ),
        (
            HEAD + "  - type: sos.press\n    data:\n      press: {pick: body.a, formats: noon}\n",
            "6: press: 'noon' is no format",
        ),
        (HEAD + "  - type: sos.press\n    needs: pres\n    data:\n      press: body.a\n", "5: needs names 'pres'"),
        ("source: probe\nrecords:\n  - type: sos.press\n", "3: the record has no subject"),
        ("a: &x [*x]\n", "nested deeper"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, says: str) -> None:
    with pytest.raises(MappingError) as error:
        load(text, "probe", "probe.yaml")
    assert f"probe.yaml:{says}" in str(error.value) or says in str(error.value)


@given(st.text())
def test_any_text_is_a_mapping_or_a_mistake_with_a_line(text: str) -> None:
    try:
        load(text, "probe", "probe.yaml")
    except MappingError as error:
        assert str(error).startswith("probe.yaml:")


def test_words_of_a_vendor_are_not_values_of_yaml() -> None:
    table = parse("on: off\nyes: no\n12:30: 0x1F\nnull: ~\n7: 1_000\nt: 2026-03-12\nf: 1.5\n", "f").plain()
    assert table == {"on": "off", "yes": "no", "12:30": "0x1F", "null": None, "7": "1_000", "t": "2026-03-12", "f": 1.5}


READING = (
    HEAD
    + """  - type: meter.reading
    time: body.at
    data:
      volume_m3: {pick: body.volume, unit: L}
      energy_kwh: body.energy
      power_w: {pick: body.power, unit_from: body.unit, min: 0, max: 5000}
      temperature_c: {pick: body.temperature, unit: F, digits: 1}
"""
)


@pytest.mark.parametrize(
    ("said", "data"),
    [
        ({"volume": 103420}, {"volume_m3": 103.42}),
        ({"energy": "158,7 kWh"}, {"energy_kwh": 158.7}),
        ({"energy": "1500 Wh"}, {"energy_kwh": 1.5}),
        ({"energy": "1500 m3"}, {"notes": ["energy_kwh_unreadable"]}),
        ({"energy": True}, {"notes": ["energy_kwh_unreadable"]}),
        ({"energy": None, "power": ""}, {}),
        ({"power": 1.2, "unit": "kW"}, {"power_w": 1200}),
        ({"power": 7, "unit": "kW"}, {"notes": ["power_w_out_of_range"]}),
        ({"power": 7}, {"power_w": 7}),
        ({"temperature": 212}, {"temperature_c": 100}),
        ({"temperature": "cold", "volume": 0}, {"volume_m3": 0, "notes": ["temperature_c_unreadable"]}),
    ],
)
def test_numbers_come_in_our_units(said: dict[str, Any], data: dict[str, Any]) -> None:
    [record] = records(READING, {"id": "m-1", "at": "2026-03-12T00:00:00Z", **said})
    assert record.data == data


def test_a_time_without_a_zone_is_the_sites() -> None:
    text = (
        HEAD + "  - type: device.heartbeat\n    time: {pick: body.at, formats: ['%m/%d/%Y %I:%M:%S %p', '%d.%m.%y']}\n"
    )
    site = parse_site(b'{"id":"s","name":{"zh":"s","en":"s"},"timezone":"America/New_York","sources":[],"devices":[]}')
    for said, at_ms, notes in [
        ("10/31/2013 02:08:41 AM", 1383199721000, ["time_without_zone"]),
        ("2013-10-31T06:08:41Z", 1383199721000, None),
        (1383199721, 1383199721000, None),
        ("31.10.13", 1383192000000, ["time_without_zone"]),
        ("soon", 0, ["time_unreadable", "time_from_received"]),
    ]:
        [record] = records(text, {"id": "x", "at": said}, site)
        assert (record.time_ms, record.data.get("notes")) == (at_ms, notes), said


def test_one_payload_many_records_each_with_its_own_names() -> None:
    text = (
        HEAD
        + "  - type: camera.status\n    each: body.list\n    let: {n: item.no}\n    subject: '{body.id}/{n}'\n"
        + ("    needs: status\n    data: {status: {pick: item.on, words: {on: online, off: offline}, other: drop}}\n")
    )
    body = {"id": "nvr", "list": [{"no": 1, "on": "ON"}, {"no": 2, "on": "off"}, {"no": 3, "on": "?"}, 7]}
    made = records(text, body)
    assert [(r.subject, r.data["status"], r.n) for r in made] == [("nvr/1", "online", 0), ("nvr/2", "offline", 1)]
    with pytest.raises(Refused, match="1001 entries"):
        records(text, {"id": "nvr", "list": [0] * 1001})


def test_every_payload_is_mapped_ignored_by_name_or_refused() -> None:
    text = (
        "source: probe\nsubject: '{body.id}'\nignore:\n  - {rule: test, when: body.test, detail: body.test}\n"
        "refuse:\n  - {reason: a copy, when: body.copy}\n"
        "records:\n  - {type: sos.press, when: \"body.kind == 'press'\"}\notherwise: {ignore: not a press}\n"
    )
    adapter = mapped(text)
    assert adapter.adapt(Payload({"test": "lamp", "copy": 1})) == Ignored("probe.test", "lamp")
    assert adapter.adapt(Payload({"id": "b", "kind": "x"})) == Ignored("probe.not a press")
    with pytest.raises(Refused, match="a copy"):
        adapter.adapt(Payload({"copy": 1}))
    with pytest.raises(Refused, match="names no device"):
        adapter.adapt(Payload({"kind": "press"}))
    for body in (None, 7, [], "x", {"body": {}}):
        assert adapter.adapt(Payload(body)) == Ignored("probe.not a press")


def test_a_record_without_what_it_needs_is_none() -> None:
    text = (
        HEAD
        + "  - type: meter.reading\n    needs: any\n    data: {power_w: {pick: body.w, min: 0}, volume_m3: body.v}\n"
    )
    assert records(text, {"id": "m", "w": -1, "v": 2})[0].data == {"volume_m3": 2, "notes": ["power_w_out_of_range"]}
    for body in ({"id": "m"}, {"id": "m", "w": -1}):
        with pytest.raises(Refused, match="no record of the mapping fits"):
            records(text, body)


def test_a_person_is_a_pseudonym_or_nobody() -> None:
    text = HEAD + "  - type: access.pass\n    data: {person: {pick: body.card, as: pseudonym}}\n"
    for card, person in [("t-0123456789abcdef01", "t-0123456789abcdef01"), ("13912345678", None), (13912345678, None)]:
        [record] = records(text, {"id": "d", "card": card})
        assert record.data == ({"person": person} if person else {})


XML = (
    'source: probe\nformat: xml\nxml: {lists: [Item], pairs: {P: [Name, Value]}}\nsubject: "{body.Msg.Id}"\nrecords:\n'
    + (
        "  - type: camera.event\n    each: body.Msg.Item\n"
        "    data: {event: item.kind, active: {pick: body.Msg.P.on, as: flag}}\n"
    )
)


def test_xml_is_a_tree_of_local_names() -> None:
    [record] = records(XML, '<x:Msg xmlns:x="u"><Id>c</Id><Item kind="a">t</Item><P Name="on" Value="1"/></x:Msg>')
    assert (record.subject, record.data) == ("c", {"event": "a", "active": True})


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('<!DOCTYPE m [<!ENTITY a "b">]><Msg>&a;</Msg>', "DTD or entities"),
        ('<!DOCTYPE m SYSTEM "file:///etc/passwd"><Msg/>', "DTD or entities"),
        ("<Msg>" + "<a>" * 40 + "</a>" * 40 + "</Msg>", "nested deeper"),
        ("<Msg>", "not XML"),
        ({"Msg": 1}, "not XML"),
    ],
)
def test_xml_tricks_are_refused(body: Any, says: str) -> None:
    with pytest.raises(Refused, match=says):
        mapped(XML).adapt(Payload(body))


def test_a_line_of_text_by_its_parts() -> None:
    text = (
        "source: probe\nformat: text\ntext:\n"
        "  pattern: '^Code=(?P<code>\\w+)(;data=(?P<data>(?s:.*)))?'\n  json: [data]\n"
        'subject: "{device}"\nrecords:\n  - type: camera.event\n    data: {event: body.code, region: body.data.Name}\n'
    )
    [record] = records(text, 'Code=Motion;data={"Name" : "gate"}\n\n', device="c")
    assert record.data == {"event": "Motion", "region": "gate"}
    [record] = records(text, "Code=Motion;data={broken", device="c")
    assert record.data == {"event": "Motion"}
    with pytest.raises(Refused, match="not the text that is due"):
        records(text, "Heartbeat", device="c")
