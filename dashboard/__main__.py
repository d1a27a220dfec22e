"""python -m dashboard: the web process on HOST:PORT; with a command, reports (`dashboard/reports/command.py`),
a person of the register (`dashboard/persons/command.py`), people and grants as a file
(`dashboard/signin/command.py`) or `contracts`."""

from __future__ import annotations

import sys

from store.settings import SettingsError, read_settings

SHUTDOWN_S = 1
"""An open stream would hold the process back for ever."""


def main(argv: list[str]) -> int:
    if argv[:1] == ["contracts"]:
        from .contracts import main as contracts

        return contracts(argv[1:])
    if argv[:1] in (["erase"], ["traces"]):
        from .persons.command import main as persons

        return persons(argv)
    if argv[:1] == ["people"]:
        from .signin.command import main as people

        return people(argv)
    if argv:
        from .reports.command import main as command  # late: a web process sets no report

        return command(argv)
    try:
        settings = read_settings()
        import uvicorn  # late: what is refused is refused at once, not after two seconds of imports

        from .app import create_app

        app = create_app(settings)
    except SettingsError as error:
        print(f"dashboard: {error}", file=sys.stderr)
        return 2
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        timeout_graceful_shutdown=SHUTDOWN_S,
        access_log=False,
        log_level="warning",
        server_header=False,
        ws="none",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
