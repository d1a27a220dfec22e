"""`python -m ingest COMMAND ...`: every program of the intake side, one module each with `main(argv) -> exit code`."""

from __future__ import annotations

import sys
from importlib import import_module

COMMANDS = {
    "gateway": ("ingest.gateway", "every way in: charge points connect here, and what CONNECTIONS says"),
    "connections": (
        "ingest.connections_check",
        "connections check FILE: is the file of CONNECTIONS right? names the line",
    ),
    "contracts": ("ingest.contracts", "JSON Schema, AsyncAPI and OpenAPI, generated from the code (--write FOLDER)"),
    "devices": (
        "ingest.devices",
        "devices unknown: who speaks undescribed; devices adopt FILE.csv: into the site",
    ),
    "letters": (
        "ingest.letters",
        "dead letters: list, show ID, replay ID .. once mapping, site or bug is mended",
    ),
    "normalise": ("ingest.normalise", "vendor payloads -> canonical records of the log"),
    "live": ("ingest.worker", "the live worker: log -> fold -> Redis"),
    "relay": ("ingest.relay", "outbox -> journal and actions"),
    "kpis": ("ingest.kpis", "journal -> the alarm KPIs of every community"),
    "tick": ("ingest.tick", "one tick a second to every partition"),
    "history": ("ingest.history", "log and journal -> SQL: rows, sums, raw records, hourly states"),
    "adapt": ("ingest.adapt", "adapt SOURCE FILE: vendor payloads in, canonical JSON lines out; needs no server"),
    "mapping": ("ingest.mapping.command", "mapping test [NAME ..]: are the declarative mappings right? names the line"),
    "replay": ("ingest.replay", "replay FILE: canonical JSON lines into the log (--speed N|max)"),
    "move": ("ingest.move", "communities to the partitions of their keys, after Kafka's log was given more of them"),
    "site": (
        "ingest.site",
        "site check FILE: names every line that is wrong; site apply FILE: puts it in force",
    ),
    "kpi": ("ingest.kpi", "kpi FILE ...: alarm KPIs by ISA-18.2 of a list of alarms or a journal; needs no server"),
    "score": ("ingest.score", "how right the alarms are, measured on simulated worlds; needs no server"),
    "simulate": ("ingest.simulate", "keeps the demo community alive"),
    "audit": ("ingest.audit", "audit verify: has a byte of the audit been changed?"),
    "snapshots": ("ingest.snapshots", "snapshots verify: do the raw records fold into the states that were kept?"),
    "tour": ("ingest.tour", "two minutes that show a newcomer what the wall of the demo is for"),
}


def main(argv: list[str]) -> int:
    if not argv or argv[0] not in COMMANDS:
        width = max(map(len, COMMANDS))
        print("usage: python -m ingest COMMAND ...\n", file=sys.stderr)
        for name, (_, text) in COMMANDS.items():
            print(f"  {name:<{width}}  {text}", file=sys.stderr)
        return 2
    return int(import_module(COMMANDS[argv[0]][0]).main(argv[1:]) or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
