"""python -m dashboard: the web process on HOST:PORT."""

from __future__ import annotations

import sys

from store.settings import SettingsError, read_settings

SHUTDOWN_S = 1
"""An open stream would hold the process back for ever."""


def main() -> int:
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
    sys.exit(main())
