"""The portal's own process: ``python -m portal.serve HOME --port N``; prints its address when it listens."""

from __future__ import annotations

import argparse
import os

import uvicorn

from loaders import server
from portal import config as configuration
from portal.app import create_app
from tidewaiter.settings import Settings

HOST = "127.0.0.1"


def main() -> None:
    parser = argparse.ArgumentParser(prog="portal.serve")
    parser.add_argument("home")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--airflow", default="")
    args = parser.parse_args()
    settings = Settings.load(args.home)
    url = settings.portal_database_url or server.url(settings.home, role="tidewaiter_portal")
    origin = settings.portal_origin or f"http://{HOST}:{args.port}"
    config = configuration.Config(
        settings,
        url,
        origin,
        configuration.key(settings.home),
        airflow_url=args.airflow,
        limit=settings.account_holders,
        oidc={name: os.environ[f"TIDEWAITER_OIDC_{name.upper()}"] for name in ("issuer", "client_id", "client_secret")
              if f"TIDEWAITER_OIDC_{name.upper()}" in os.environ},
    )  # fmt: skip
    print(f"listening on {origin}", flush=True)
    uvicorn.run(
        create_app(config), host=HOST, port=args.port, log_level="warning", server_header=False, proxy_headers=False
    )


if __name__ == "__main__":
    main()
