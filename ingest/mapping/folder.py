"""Where the mappings stand: a folder each, found by itself."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "mappings"
FILE = "mapping.yaml"


def sources(folder: Path = FOLDER) -> list[str]:
    """Names of the mappings, sorted; a folder without `mapping.yaml` is none."""
    return sorted(path.parent.name for path in folder.glob(f"*/{FILE}"))
