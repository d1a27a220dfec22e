"""Scripts and styles under assets/: a folder is loaded by the views that name it, and by no other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"


def asset_url(path: str) -> str:
    """The address under which every page asks for an asset, so that a browser keeps one copy."""
    return f"{path}?m={(ROOT / path.lstrip('/')).stat().st_mtime}" if path.startswith("/assets/") else path


def sheets(folders: Iterable[str]) -> list[str]:
    return [f'<link rel="stylesheet" href="{address}">' for address in _addresses(folders, ".css")]


def scripts(folders: Iterable[str]) -> list[str]:
    return [f'<script src="{address}"></script>' for address in _addresses(folders, ".js")]


def _addresses(folders: Iterable[str], suffix: str) -> Iterator[str]:
    """Folder by folder, in each by name."""
    for folder in folders:
        for path in sorted((ASSETS / folder).glob(f"*{suffix}")):
            yield asset_url(f"/assets/{folder}/{path.name}")


def build_id() -> str:
    """Changes when what a kiosk runs has changed: then it reloads itself."""
    digest = hashlib.sha256()
    for folder in (ASSETS, ROOT / "layouts", ROOT / "community", ROOT / "dashboard"):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in (".js", ".css", ".py", ".csv", ".json", ".geojson"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
