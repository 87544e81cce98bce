"""The portal's own process: ``python -m portal.serve HOME --port N``; prints its address when it listens."""

from __future__ import annotations

import argparse
import os
import socket

import uvicorn

from loaders import server
from portal import config as configuration
from portal.app import create_app
from tidewaiter.settings import Settings

HOST = "127.0.0.1"
OIDC = ("issuer", "client_id", "client_secret")


class Server(uvicorn.Server):
    """Says where it listens once it does: who started us waits for this line."""

    def __init__(self, config: uvicorn.Config, origin: str) -> None:
        super().__init__(config)
        self._origin = origin

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(f"listening on {self._origin}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="portal.serve")
    parser.add_argument("home")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--origin", default="", help="the address people type (default: localhost at the port)")
    parser.add_argument("--airflow", default="")
    args = parser.parse_args()
    settings = Settings.load(args.home)
    config = configuration.Config(
        settings,
        settings.portal_database_url or server.url(settings.home, role="tidewaiter_portal"),
        args.origin or settings.portal_origin or f"http://localhost:{args.port}",
        configuration.key(settings.home),
        airflow_url=args.airflow,
        limit=settings.account_holders,
        oidc={name: os.environ[_variable(name)] for name in OIDC if _variable(name) in os.environ},
    )
    options = uvicorn.Config(
        create_app(config),
        host=HOST,
        port=args.port,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=5,
        # Who asks is who connects, unless the operator names a proxy of theirs: anybody can write X-Forwarded-For.
        proxy_headers=bool(settings.portal_proxy),
        forwarded_allow_ips=settings.portal_proxy or None,
    )
    Server(options, config.origin).run()


def _variable(name: str) -> str:
    return f"TIDEWAITER_OIDC_{name.upper()}"


if __name__ == "__main__":
    main()
