"""The environment is read once; a bad value is refused with the name of its variable."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from community.site import SITES
from store.settings import SettingsError, read_settings


def test_defaults_run_on_this_machine_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no house runs here
    settings = read_settings({})
    assert settings.kafka_bootstrap_servers == ""
    assert settings.redis_url == "redis://127.0.0.1:8051/0"
    assert settings.database_url == f"sqlite:///{Path('var').resolve() / 'history.db'}"
    assert (settings.host, settings.port, settings.ocpp_port) == ("127.0.0.1", 8050, 9000)
    assert settings.sites == (SITES / "lanting.json",)
    assert settings.wall_token == ""


def test_each_part_is_switched_by_its_variable(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "KAFKA_BOOTSTRAP_SERVERS": " a:9092,b:9092 ",
            "REDIS_URL": "rediss://:secret@cache:6380/2",
            "DATABASE_URL": "postgresql+psycopg://house@db/house",
            "PORT": "80",
            "OCPP_PORT": "65535",
            "SHOUWANG_VAR": str(tmp_path),
            "SITE": os.pathsep.join(["one.json", "two.json"]),
            "WALL_TOKEN": "t",
        }
    )
    assert settings.kafka_bootstrap_servers == "a:9092,b:9092"
    assert settings.redis_url == "rediss://:secret@cache:6380/2"
    assert settings.database_url == "postgresql+psycopg://house@db/house"
    assert (settings.port, settings.ocpp_port) == (80, 65535)
    assert settings.var == tmp_path
    assert settings.sites == (Path("one.json"), Path("two.json"))
    assert settings.wall_token == "t"


def test_an_empty_variable_is_an_unset_one() -> None:
    names = (
        "KAFKA_BOOTSTRAP_SERVERS",
        "REDIS_URL",
        "DATABASE_URL",
        "HOST",
        "PORT",
        "OCPP_PORT",
        "SITE",
        "SHOUWANG_VAR",
    )
    assert read_settings(dict.fromkeys(names, "")) == read_settings({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("PORT", "-1"),
        ("PORT", "80 80"),
        ("OCPP_PORT", "9000.0"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("REDIS_URL", "http://127.0.0.1"),
        ("DATABASE_URL", "mysql://db"),
    ],
)
def test_a_bad_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as refused:
        read_settings({name: value})
    assert value in str(refused.value)


def test_settings_cannot_change() -> None:
    with pytest.raises(AttributeError):
        read_settings({}).port = 1  # type: ignore[misc]


def test_the_demo_community_is_the_default() -> None:
    assert list(read_settings({}).load_sites()) == ["lanting"]


def test_a_site_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"SITE: cannot read .*missing\.json"):
        read_settings({"SITE": str(tmp_path / "missing.json")}).load_sites()
    broken = tmp_path / "broken.json"
    broken.write_bytes(b"{")
    with pytest.raises(SettingsError, match=r"SITE: .*broken\.json"):
        read_settings({"SITE": str(broken)}).load_sites()


def test_two_files_for_one_community_are_refused(tmp_path: Path) -> None:
    twin = tmp_path / "twin.json"
    twin.write_bytes(msgspec.json.encode(msgspec.json.decode((SITES / "lanting.json").read_bytes())))
    with pytest.raises(SettingsError, match="two files describe community 'lanting'"):
        read_settings({"SITE": os.pathsep.join([str(SITES / "lanting.json"), str(twin)])}).load_sites()
