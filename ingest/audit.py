"""python -m ingest audit verify [--community ID] [--head SEQ:HASH]: has a byte of the audit been changed?

Counts every chain again from its first fact and prints its head. A head that was noted elsewhere (on paper, in a mail)
also shows whether the end was cut off: --head says which it was.
"""

from __future__ import annotations

import argparse
import sys

from store import audit
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history.database import migrate, open_engine
from store.settings import SettingsError, read_settings


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ingest audit", description=__doc__)
    parser.add_argument("what", choices=["verify"])
    parser.add_argument("--community", default="")
    parser.add_argument("--head", type=_head, help="SEQ:HASH of one community, noted before")
    asked = parser.parse_args(argv)
    if asked.head is not None and not asked.community:
        parser.error("--head is of one community: name it with --community")
    try:
        engine = open_engine(read_settings().database_url, write=True)
        migrate(engine)
        stand = audit.heads(engine)
        wanted = {asked.community: stand.get(asked.community, audit.Head(0, audit.BEGIN))} if asked.community else stand
        whole = [
            _tell(audit.verify(engine, community, asked.head), community, head) for community, head in wanted.items()
        ]
    except (SettingsError, HistoryMisconfigured, HistoryUnavailable) as error:
        print(f"audit: {error}", file=sys.stderr)
        return 2
    return 0 if all(whole) else 1


def _tell(broken: audit.Broken | None, community: str, head: audit.Head) -> bool:
    if broken is None:
        print(f"{community}: {head.seq} facts, whole; head {head.seq}:{head.hash}")
        return True
    print(f"{community}: fact {broken.seq}: {broken.why}", file=sys.stderr)
    return False


def _head(text: str) -> audit.Head:
    seq, _, hash_ = text.partition(":")
    if not seq.isdigit() or len(hash_) != len(audit.BEGIN):
        raise argparse.ArgumentTypeError("a head is SEQ:HASH, as `audit verify` prints it")
    return audit.Head(int(seq), hash_)
