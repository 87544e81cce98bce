"""An SFTP server of our own: for the demonstration, for tests, and for an office without a system administrator.

Visitors log in by key only. Every account sees its own home, the operator sees the folder of all homes. It has no
shell, no forwarding, no links. For a service on the open Internet prefer OpenSSH (deploy/openssh).

    python -m sftp_drop.server --homes DIR --port N --host-key FILE --keys FILE
"""

import argparse
import logging
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED, OPEN_SUCCEEDED

from sftp_drop import home, keys
from sftp_drop.quota import Limits
from sftp_drop.session import House, Session, Subsystem

log = logging.getLogger(__name__)
# What paramiko says about every scanner that knocks is of no use to an operator; we log one line for each visitor.
logging.getLogger(f"{__name__}.ssh").setLevel(logging.CRITICAL)

OPERATOR = "tidewaiter"
_TICK = 0.2  # seconds between looks at idle and vanished visitors


class Door(paramiko.ServerInterface):
    """One connection: who knocks, who is let in, and when we last heard of him."""

    def __init__(self, server: "SftpServer", peer: str):
        self.house, self._server, self.peer = server.house, server, peer
        self.username: str | None = None
        self.born = self.heard = server.clock()
        self.channels = 0

    def __str__(self) -> str:
        return f"{self.username or '?'}@{self.peer}"

    @property
    def account(self) -> str | None:
        """The account that came in; None is the operator."""
        return None if self.username == self._server.operator else self.username

    def touch(self) -> None:
        """Note that the visitor is alive."""
        self.heard = self._server.clock()

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        known = username == self._server.operator or home.is_account(username)
        if not (known and keys.matches(key, self._lines(username))):
            log.info("%s refused %r: no such user or key (%s %s)", self, username, key.get_name(), key.fingerprint)
            return AUTH_FAILED
        self.username = username
        return AUTH_SUCCESSFUL

    def _lines(self, username: str) -> Iterable[str]:
        """The keys of a user; nobody's when they cannot be looked up, for the fault may lie with a single row."""
        try:
            return list(self._server.keys(username))
        except Exception:
            log.exception("%s keys of %r cannot be looked up", self, username)
            return []

    def check_channel_request(self, kind: str, chanid: int) -> int:
        if kind != "session" or self.channels >= self.house.limits.channels:
            return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        if self.account is not None:
            try:
                home.create(self.house.homes, self.account)
            except OSError as e:
                log.error("%s has no usable home: %s", self, e)
                return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        self.channels += 1
        return OPEN_SUCCEEDED


class SftpServer:
    """Serves the homes below a folder; `start` or `with` runs it, `close` ends it and everything it began.

    `keys(username)` gives the public key lines that may log in; it is asked at every login, so accounts come and go
    without a restart. Port 0 takes any free port; `port` tells which.
    """

    def __init__(
        self,
        homes: Path,
        host_key: paramiko.PKey,
        port: int = 0,
        *,
        keys: Callable[[str], Iterable[str]],
        host: str = "127.0.0.1",
        operator: str = OPERATOR,
        limits: Limits = Limits(),  # noqa: B008 (immutable)
        clock: Callable[[], float] = time.monotonic,
    ):
        Path(homes).mkdir(mode=0o700, parents=True, exist_ok=True)
        self.house, self.keys, self.operator, self.clock = House(Path(homes).resolve(), limits), keys, operator, clock
        self._host_key, self._address = host_key, (host, port)
        self._doors: dict[paramiko.Transport, Door] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Listen, and serve in threads of the background. Raises OSError when the port is taken."""
        self._listener = socket.create_server(self._address, backlog=64)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="sftp-drop", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening, end all sessions, wait for their threads. Repeating is harmless."""
        self._stopping.set()
        if self._thread:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
            self._thread.join()
            self._thread = None

    __enter__ = start

    def __exit__(self, *_: object) -> None:
        self.close()

    def _serve(self) -> None:
        with self._listener:
            while not self._stopping.is_set():
                if select.select([self._listener], [], [], _TICK)[0] and not self._stopping.is_set():
                    try:
                        self._admit(*self._listener.accept())
                    except (OSError, RuntimeError, paramiko.SSHException) as e:  # no descriptors, no threads, gone
                        log.warning("a visitor could not be admitted: %s", e)
                        self._stopping.wait(_TICK)
                self._sweep()
        for transport in self._doors:
            transport.close()
        for transport in self._doors:
            transport.join(5)
        for session in list(self.house.sessions):
            session.join(5)

    def _admit(self, conn: socket.socket, address: tuple) -> None:
        peer = f"{address[0]}:{address[1]}"
        if len(self._doors) >= self.house.limits.connections:
            log.warning("?@%s refused: %d connections are open, no more are taken", peer, len(self._doors))
            conn.close()
            return
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport = paramiko.Transport(conn)
        transport.set_log_channel(f"{__name__}.ssh")
        transport.add_server_key(self._host_key)
        transport.set_subsystem_handler("sftp", Subsystem, Session)
        self._doors[transport] = door = Door(self, peer)
        transport.start_server(event=threading.Event(), server=door)
        log.info("%s connected", door)

    def _sweep(self) -> None:
        now, limits = self.clock(), self.house.limits
        for transport, door in list(self._doors.items()):
            if not transport.is_alive():
                log.info("%s gone", door)
                del self._doors[transport]
            elif not transport.is_authenticated():
                if now - door.born > limits.login:
                    log.info("%s sent away: not logged in after %g s", door, limits.login)
                    transport.close()
            elif now - door.heard > limits.idle:
                log.info("%s sent away: idle for %g s", door, limits.idle)
                transport.close()


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    take = argparse.ArgumentParser(prog="python -m sftp_drop.server", description="SFTP server of the drop")
    take.add_argument("--homes", type=Path, required=True, help="folder of the accounts' homes")
    take.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    take.add_argument("--port", type=int, default=2222, help="port, 0 for any (%(default)s)")
    take.add_argument("--host-key", type=Path, required=True, help="private host key; made when missing")
    take.add_argument("--keys", type=Path, required=True, help="lines: username kind public-key")
    take.add_argument("--operator", default=OPERATOR, help="user who sees all homes (%(default)s)")
    for name, default in Limits()._asdict().items():
        help = {"file": "bytes of a file", "home": "bytes of a home", "idle": "seconds", "login": "seconds"}.get(name)
        take.add_argument(f"--max-{name}", type=type(default), default=default, help=f"{help or name} (%(default)s)")
    given = take.parse_args(argv)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    limits = Limits(*(getattr(given, f"max_{name}") for name in Limits._fields))
    host_key = keys.ensure_private(given.host_key)
    server = SftpServer(
        given.homes,
        host_key,
        given.port,
        keys=keys.KeysFile(given.keys),
        host=given.host,
        operator=given.operator,
        limits=limits,
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with server:
        print(f"listening on {given.host}:{server.port} with host key {keys.line(host_key)}", flush=True)
        stop.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
