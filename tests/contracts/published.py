"""What is published of the topics, held against what really stands in them: nothing that is not named may be there."""

from __future__ import annotations

from typing import Any

import jsonschema

from ingest import contracts

ENVELOPE = jsonschema.Draft202012Validator({**contracts.ENVELOPE, "additionalProperties": False})
LETTER = jsonschema.Draft202012Validator({**contracts.LETTER, "additionalProperties": False})
RECORD = jsonschema.Draft202012Validator(contracts.records())


def payload_of_a_vendor(said: dict[str, Any]) -> dict[str, Any]:
    """Also the heartbeat of a feed, which takes the road of its payloads."""
    (RECORD if "specversion" in said else ENVELOPE).validate(said)
    return said


def letter(said: dict[str, Any]) -> dict[str, Any]:
    LETTER.validate(said)
    return said
