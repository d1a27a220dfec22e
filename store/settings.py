"""Configuration: read once from the environment, frozen, typed; a bad value fails loudly and names the variable."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from community.description import Description, description
from community.site import SITES, Site, SiteError
from store.embedded import ADDRESS


class SettingsError(ValueError):
    """A variable of the environment cannot be used. The message names it and what it should be."""


LOCAL = ("127.0.0.1", "localhost", "::1")


class Settings(msgspec.Struct, frozen=True):
    kafka_bootstrap_servers: str
    """Comma-separated host:port; empty: the log lives in Redis Streams."""
    redis_url: str
    database_url: str
    host: str
    port: int
    sites: tuple[Path, ...]
    wall_token: str
    var: Path
    """Everything the program writes outside Redis, Kafka and SQL: spool, blobs, embedded data."""
    ocpp_port: int
    notices: Path | None = None
    """Who is told away from the desk, and how (`ingest/notice_file.py`); None: nobody, in the demo its outbox."""
    connections: Path | None = None
    """Which devices and systems are connected, and how (`ingest/ways.py`); None: only charge points are."""
    own_mappings: Path | None = None
    """A folder as `ingest/mappings/`, of this installation; None: `mappings` in `var`."""

    ocpp_host = LOCAL[0]
    """This port asks charge points for no password: whatever HOST says, it listens on this machine only. Others come in
    by a connection with passwords (`ingest/ways.py`)."""

    @property
    def segments(self) -> Path:
        """Where the raw records of the log lie."""
        return self.var / "history" / "raw"

    @property
    def mappings(self) -> Path:
        """The installation's own mappings; the folder need not be there. A file in it is in force within seconds."""
        return self.own_mappings or self.var / "mappings"

    @property
    def video(self) -> Path:
        """Sockets on which cameras can be watched (`store/video.py`)."""
        return self.var / "video"

    @property
    def environ(self) -> dict[str, str]:
        """What a program has to be started with that shall read the same log, state and sites."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka_bootstrap_servers,
            "REDIS_URL": self.redis_url,
            "DATABASE_URL": self.database_url,
            "SITE": os.pathsep.join(map(str, self.sites)),
            "SHOUWANG_VAR": str(self.var),
            "MAPPINGS": str(self.mappings),
        }

    @property
    def plan_folders(self) -> tuple[Path, ...]:
        """Where the plans of the sites lie: beside the files, then among those that come with the program."""
        return tuple(dict.fromkeys([*(path.resolve().parent for path in self.sites), SITES]))

    def load_sites(self) -> dict[str, Site]:
        """Community id -> Site, as the files say. Raises SettingsError naming file and field."""
        return {id_: told.site for id_, told in self.load_descriptions().items()}

    def load_descriptions(self) -> dict[str, Description]:
        """As `load_sites`, with the source text."""
        loaded: dict[str, Description] = {}
        for path in self.sites:
            try:
                told = description(path.read_bytes(), str(path))
            except OSError as error:
                raise SettingsError(f"SITE: cannot read {path}: {error.strerror}") from error
            except SiteError as error:
                raise SettingsError(f"SITE: {error}") from error
            if told.site.plan and plan_beside(told.site.plan, path) is None:
                raise SettingsError(f"SITE: {path}: plan: {told.site.plan!r} is not beside it")
            if told.site.id in loaded:
                raise SettingsError(f"SITE: two files describe community {told.site.id!r}")
            loaded[told.site.id] = told
        return loaded


def plan_beside(plan: str, path: Path) -> Path | None:
    """The GeoJSON that a site file names."""
    return next((found for folder in (path.parent, SITES) if (found := folder / plan).is_file()), None)


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise SettingsError(f"{name}={text!r} is not a port (1 to 65535)")
    return int(text)


def _url(environ: Mapping[str, str], name: str, default: str, schemes: tuple[str, ...]) -> str:
    text = environ.get(name) or default
    if not text.startswith(schemes):
        raise SettingsError(f"{name}={text!r} should begin with {' or '.join(schemes)}")
    return text


def _embedded(var: Path) -> str:
    """Where the running installation's own server listens; it takes another port where 8051 is somebody else's."""
    try:
        said = (var / "redis" / ADDRESS).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        said = ""
    return said if said.startswith("redis://") else "redis://127.0.0.1:8051/0"  # a power cut leaves an empty file


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The one place that reads the environment. `SITE` is a file, or several joined by the path separator."""
    var = Path(environ.get("SHOUWANG_VAR") or "var").resolve()
    sites = tuple(Path(p) for p in (environ.get("SITE") or str(SITES / "lanting.json")).split(os.pathsep) if p)
    return Settings(
        kafka_bootstrap_servers=(environ.get("KAFKA_BOOTSTRAP_SERVERS") or "").strip(),
        redis_url=_url(environ, "REDIS_URL", _embedded(var), ("redis://", "rediss://", "unix://")),
        database_url=_url(environ, "DATABASE_URL", f"sqlite:///{var / 'history.db'}", ("sqlite", "postgresql")),
        host=environ.get("HOST") or LOCAL[0],
        port=_port(environ, "PORT", 8050),
        sites=sites,
        wall_token=environ.get("WALL_TOKEN") or "",
        var=var,
        ocpp_port=_port(environ, "OCPP_PORT", 9000),
        notices=Path(environ["NOTICES"]) if environ.get("NOTICES") else None,
        connections=Path(environ["CONNECTIONS"]) if environ.get("CONNECTIONS") else None,
        own_mappings=Path(environ["MAPPINGS"]).resolve() if environ.get("MAPPINGS") else None,
    )
