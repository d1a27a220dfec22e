"""Devices that spoke and that nobody has described: what is known of them, and how they come into a site. Pure.

A row of a CSV adopts one vendor id. Where its `id` is a device of the site already, that device gets the vendor id too;
else a new device stands in the site.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .site import Site
from .state import DeviceState

PLACE = ("building", "unit", "room", "area", "parent")
COLUMNS = ("vendor", "vendor_id", "id", "system", "kind", "source", "name", *PLACE)
"""`vendor` is the adapter, `source` the site's feed; a column `says` is for the reader and not read."""

NEEDED = ("vendor", "vendor_id", "system", "kind", "source")


class NotAdopted(ValueError):
    """The table cannot be used. The message says which row and why."""


class Unknown(NamedTuple):
    vendor: str
    vendor_id: str
    system: str
    kind: str
    heard_ms: int
    says: Mapping[str, Any]
    place: str
    """Id of the record that it said last (`source:topic:partition:offset:n`); empty: only signs of life."""


def unknown_of(site: Site, devices: Iterable[DeviceState]) -> list[Unknown]:
    """Whoever was heard and is not described, the newest first."""
    found = []
    for device in devices:
        if device.id in site.by_id or device.id in site.source_by_id or (device.source, device.id) in site.by_vendor:
            continue
        _, place = max(device.stamps.values(), default=(0, ""))
        found.append(
            Unknown(device.source, device.id, device.system, device.kind, device.heard_ms, device.values, place)
        )
    return sorted(found, key=lambda one: (-one.heard_ms, one.vendor_id))


def table(unknown: Sequence[tuple[Unknown, Mapping[str, str]]]) -> str:
    """The CSV that a person fills in and hands back; each with the columns that are guessed."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [*COLUMNS, "says"], lineterminator="\n")
    writer.writeheader()
    for one, guessed in unknown:
        said = json.dumps(one.says, ensure_ascii=False, sort_keys=True)[:200]
        row = {"vendor": one.vendor, "vendor_id": one.vendor_id, "id": own_name(one.vendor_id), "says": said}
        writer.writerow(row | dict(guessed))
    return out.getvalue()


def own_name(vendor_id: str) -> str:
    """An id that a site may give what a vendor calls so."""
    return vendor_id.replace("/", "-").replace(" ", "_")


def adopted(source: Mapping[str, Any], rows: str) -> tuple[dict[str, Any], int]:
    """The site's source with the rows of a CSV in it, and how many vendor ids that are. Raises NotAdopted.

    What the types of a site forbid is told by whoever reads the result.
    """
    reader = csv.DictReader(io.StringIO(rows.removeprefix("\ufeff")))
    missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise NotAdopted(f"the first row lacks {', '.join(missing)}")
    devices: list[dict[str, Any]] = [dict(device) for device in source.get("devices", ())]
    by_id = {device.get("id"): device for device in devices}
    count = 0
    for row in reader:
        told = {name: (row.get(name) or "").strip() for name in COLUMNS}
        if not any(told.values()):
            continue
        count += 1
        lacks = [name for name in ("vendor", "vendor_id") if not told[name]]
        device = by_id.get(told["id"] or own_name(told["vendor_id"]))
        lacks += [] if device else [name for name in NEEDED if not told[name] and name not in lacks]
        if lacks:
            raise NotAdopted(f"row {reader.line_num} lacks {', '.join(lacks)}")
        if device is None:
            device = {"id": told["id"] or own_name(told["vendor_id"])}
            device |= {name: told[name] for name in ("system", "kind", "source")}
            device |= {name: told[name] for name in PLACE if told[name]}
            device |= {"name": {"zh": told["name"]}} if told["name"] else {}
            devices.append(device)
            by_id[device["id"]] = device
        vendor = dict(device.get("vendor", {}))
        if vendor.get(told["vendor"], told["vendor_id"]) != told["vendor_id"]:
            known = vendor[told["vendor"]]
            raise NotAdopted(f"row {reader.line_num}: {device['id']} is {told['vendor']} {known!r} already")
        device["vendor"] = {**vendor, told["vendor"]: told["vendor_id"]}
    if not count:
        raise NotAdopted("it has no row")
    return {**source, "devices": devices}, count


def written(source: Mapping[str, Any]) -> str:
    """A site as people edit it: a line for each device, building, source."""
    lines = []
    for name, value in source.items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            items = ",\n".join(f"  {json.dumps(item, ensure_ascii=False)}" for item in value)
            lines.append(f" {json.dumps(name)}: [\n{items}\n ]")
        else:
            lines.append(f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def homes(source: str, sites: Mapping[str, Site]) -> dict[str, str]:
    """The gateway's name for a sender, with and without its channel or connector -> community."""
    found: dict[str, str] = {}
    for site in sites.values():
        for adapter, vendor_id in site.by_vendor:
            if adapter == source:
                found.setdefault(vendor_id, site.id)
                found.setdefault(vendor_id.partition("/")[0], site.id)
    return found
