"""Our side of the drop: find what accounts sent, take it, answer it. One SSH session, used again and again.

Works with any SFTP server whose root, for our user, is the folder of all homes (`sftp_drop.server`, OpenSSH).
"""

import logging
import socket
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

import paramiko
from paramiko.sftp import CMD_CLOSE, CMD_OPENDIR, CMD_READDIR
from paramiko.sftp_attr import SFTPAttributes

from sftp_drop import home, keys, names, receipts
from sftp_drop.errors import (
    BadKey,
    Changed,
    DropError,
    HostKeyRefused,
    KeyRefused,
    NoRoom,
    NotAllowed,
    ServerFailed,
    Unreachable,
)
from sftp_drop.stillness import Spot, State, Stillness

log = logging.getLogger(__name__)
# Our errors say it in one sentence; paramiko would add a stack trace for each.
logging.getLogger(f"{__name__}.ssh").setLevel(logging.CRITICAL)
T = TypeVar("T")

_CHUNK = 32 * 1024  # the most that one answer of SFTP version 3 carries everywhere
_PREFETCH = 2 * _CHUNK  # bytes from which reading ahead pays for its thread


class Found(NamedTuple):
    """A complete file waiting on the drop: bytes and server time (seconds since 1970) as they stood when found."""

    account: str
    folder: str
    name: str
    size: int
    mtime: int

    @property
    def path(self) -> bytes:
        return _path(self.account, self.folder, self.name)


class Drop:
    """The operator's session with the drop; connects when first used, and again when the connection broke.

    `host_key` is the one public key (`kind base64`) the server must show. `window` is the seconds a file must stand
    still to count as complete, `timeout` the seconds an answer may take. Errors are those of `sftp_drop.errors`.
    Every operation may be repeated without harm. Not for several threads at once.
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        key_file: Path | str,
        host_key: str,
        *,
        window: float = 1.0,
        timeout: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self._address, self._user, self._key_file, self._pinned = (host, port), user, key_file, keys.public(host_key)
        self._window, self._timeout, self._clock, self._sleep = window, timeout, clock, sleep
        self._stillness = Stillness(window)
        self._transport: paramiko.Transport | None = None
        self._sftp: _Sftp | None = None
        self._swept = False

    def __enter__(self) -> Self:
        self._with(lambda sftp: None)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up; the next operation connects again."""
        if self._transport:
            self._transport.close()
        self._transport = self._sftp = None

    def scan(self, *, wait: bool = True) -> list[Found]:
        """The complete files in all accounts' inbox/ and check/, oldest first (by server time, account, name).

        When none is known to be complete but some may be, it looks a second time one window later; `wait=False`
        leaves that to the next call. Names that begin with a dot and things that are no regular files are not
        looked at.
        """
        if not self._swept:
            self._with(_put_back)
            self._swept = True
        listing = self._with(_listing)
        complete, pause = self._stillness.complete(listing, self._clock())
        if wait and pause is not None and not complete:
            self._sleep(pause)
            listing = self._with(_listing)
            complete, _ = self._stillness.complete(listing, self._clock())
        found = (Found(*spot, *listing[spot]) for spot in complete)
        return sorted(found, key=lambda f: (f.mtime, f.account, f.folder, f.name))

    def read(self, found: Found) -> bytes:
        """The bytes of a found file. Raises Changed when it is not, or does not stay, as it was found."""

        def work(sftp: "_Sftp") -> bytes:
            with sftp.open(found.path, "rb") as file:
                _same(found, file.stat())
                if found.size > _PREFETCH:
                    file.prefetch(found.size)
                data = b"".join(_chunks(file, found.size))
                _same(found, file.stat())
            if len(data) != found.size:
                raise Changed(f"{found.path!a}: {len(data)} bytes read of {found.size}")
            return data

        return self._with(work, found.path)

    def remove(self, found: Found) -> None:
        """Delete a file that was read; a file already gone is fine.

        Raises Changed, and leaves the file, when another one stands under its name: it is moved aside first, looked
        at, and deleted only then, so what an account sends meanwhile under the same name is not lost.
        """
        aside = _path(found.account, f"{found.folder}/{home.TAKEN}", found.name)

        def work(sftp: "_Sftp") -> None:
            with suppress(FileNotFoundError):
                sftp.posix_rename(found.path, aside)
            state = sftp.state(aside)
            if state is None:
                if sftp.state(found.path) is not None:
                    raise NotAllowed(f"{aside!a}: no such folder, {found.path!a} cannot be taken")
                return
            if state != (found.size, found.mtime):
                _return(sftp, aside, found.path)
                raise Changed(f"{found.path!a} was replaced while it was being taken")
            sftp.remove(aside)

        self._with(work, found.path)

    def deliver(self, account: str, name: str, data: bytes, folder: str = "outbox") -> None:
        """Put a file into an account's outbox, or a folder of it: all at once, replacing the one of that name.

        Raises NoRoom when the home takes no more (try again later), BadName for a name that cannot stand as it is.
        """
        path = _path(account, folder, names.component(name))
        part = path + names.PARTIAL[0].encode()

        def work(sftp: "_Sftp") -> None:
            # A leftover is removed and never opened: an account that may write here could have put a link in its place.
            with suppress(FileNotFoundError):
                sftp.remove(part)
            try:
                with sftp.open(part, "wbx") as file:
                    file.set_pipelined(True)
                    file.write(data)
                state = sftp.state(part)
            except FileNotFoundError as e:
                raise NotAllowed(f"{path!a} not delivered: no such folder") from e
            except OSError as e:
                if not sftp.failed(e):
                    raise
                state, why = None, str(e)
            else:
                why = f"{state.size if state else 0} of {len(data)} bytes stored"
            if state is None or state.size != len(data):
                with suppress(OSError):
                    sftp.remove(part)
                raise NoRoom(f"{path!a} not delivered: {why}")
            sftp.posix_rename(part, path)

        self._with(work, path)

    def receipt(self, found: Found, sha256: str, received_at: str) -> None:
        """Tell the account that its file arrived (see `receipts.body`)."""
        body = receipts.body(found.name, found.folder, sha256, found.size, received_at)
        self.deliver(found.account, names.answer(found.name, names.RECEIPT), body, home.ANSWERS[found.folder])

    def _with(self, work: "Callable[[_Sftp], T]", path: bytes = b"/") -> T:
        """Do `work` in a session, once more in a new one if the connection broke, and sort what went wrong."""
        for attempt in (1, 2):
            sftp = self._connected()
            try:
                return work(sftp)
            except DropError:
                raise
            except FileNotFoundError as e:
                raise Changed(f"{path!a}: no such file") from e
            except PermissionError as e:
                raise NotAllowed(f"{path!a}: {e}") from e
            except (OSError, EOFError, paramiko.SSHException) as e:
                if sftp.failed(e):
                    raise ServerFailed(f"{path!a}: {e}") from e
                self.close()
                if attempt == 2:
                    raise Unreachable(f"connection to {self._address} lost: {e or type(e).__name__}") from e
        raise AssertionError("unreachable")

    def _connected(self) -> "_Sftp":
        if self._sftp is None or not self._sftp.alive:
            self.close()
            try:
                self._sftp = self._connect()
            except BaseException:
                self.close()
                raise
        return self._sftp

    def _connect(self) -> "_Sftp":
        host, port = self._address
        where = f"{self._user}@{host}:{port}"
        try:
            key = keys.private(self._key_file)
        except BadKey as e:
            raise KeyRefused(str(e)) from e
        try:
            conn = socket.create_connection(self._address, self._timeout)
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._transport = transport = paramiko.Transport(conn)
            transport.set_log_channel(f"{__name__}.ssh")
            kind = self._pinned.get_name()
            rsa = ("rsa-sha2-512", "rsa-sha2-256")
            transport.get_security_options().key_types = rsa if kind == "ssh-rsa" else (kind,)
            transport.start_client(timeout=self._timeout)
            shown = transport.get_remote_server_key()
            if shown.asbytes() != self._pinned.asbytes():
                expected = self._pinned.fingerprint
                raise HostKeyRefused(f"{where} shows host key {shown.fingerprint}, expected {expected}")
            transport.auth_publickey(self._user, key)
            sftp = _Sftp.from_transport(transport)
            sftp.get_channel().settimeout(self._timeout)
            return sftp
        except paramiko.AuthenticationException as e:
            raise KeyRefused(f"{where} does not accept key {key.fingerprint}: {e}") from e
        except paramiko.ssh_exception.IncompatiblePeer as e:
            raise HostKeyRefused(f"{where} has no host key of kind {self._pinned.get_name()}: {e}") from e
        except (OSError, EOFError, paramiko.SSHException) as e:
            raise Unreachable(f"{where}: {e or type(e).__name__}") from e


class _Sftp(paramiko.SFTPClient):
    """paramiko's client, with listings whose names need not be UTF-8 (one such name would end them all)."""

    @property
    def alive(self) -> bool:
        channel = self.get_channel()
        return not channel.closed and channel.get_transport().is_active()

    def failed(self, e: Exception) -> bool:
        """Whether an error is a bare "failure" spoken by the server, not a broken connection."""
        return isinstance(e, OSError) and not isinstance(e, TimeoutError) and e.errno is None and self.alive

    def listing(self, path: bytes) -> list[tuple[str, SFTPAttributes]]:
        _, msg = self._request(CMD_OPENDIR, path)
        handle, entries = msg.get_binary(), []
        with suppress(EOFError):
            while True:
                _, msg = self._request(CMD_READDIR, handle)
                for _ in range(msg.get_int()):
                    name, _ = names.from_bytes(msg.get_binary()), msg.get_binary()
                    entries.append((name, SFTPAttributes._from_msg(msg)))
        self._request(CMD_CLOSE, handle)
        return entries

    def state(self, path: bytes) -> State | None:
        try:
            return _state(self.lstat(path))
        except FileNotFoundError:
            return None


def _chunks(file: paramiko.SFTPFile, size: int) -> Iterator[bytes]:
    while size > 0 and (chunk := file.read(min(size, _CHUNK))):
        size -= len(chunk)
        yield chunk


def _path(*parts: str) -> bytes:
    return b"/" + names.to_bytes("/".join(parts))


def _state(attributes: SFTPAttributes) -> State:
    return State(attributes.st_size or 0, int(attributes.st_mtime or 0))


def _same(found: Found, now: SFTPAttributes) -> None:
    if _state(now) != (found.size, found.mtime):
        raise Changed(f"{found.path!a}: {found.size} bytes when found, now {now.st_size}, or written to since")


def _accounts(sftp: _Sftp) -> list[str]:
    return sorted(n for n, a in sftp.listing(b"/") if home.is_account(n) and stat.S_ISDIR(a.st_mode or 0))


def _files(sftp: _Sftp, account: str, folder: str) -> dict[Spot, State]:
    """The regular files of a folder. One that is missing or locked must not hide the files of everybody else."""
    try:
        entries = sftp.listing(_path(account, folder))
    except (FileNotFoundError, PermissionError) as e:
        if not folder.endswith(home.TAKEN):
            log.warning("%s/%s cannot be listed: %s", account, folder, e)
        return {}
    # A server that names a path in a listing is broken or hostile.
    return {
        Spot(account, folder, name): _state(a)
        for name, a in entries
        if stat.S_ISREG(a.st_mode or 0) and "/" not in name and not name.startswith(".")
    }


def _listing(sftp: _Sftp) -> dict[Spot, State]:
    found: dict[Spot, State] = {}
    for account in _accounts(sftp):
        for folder in home.INBOUND:
            found |= _files(sftp, account, folder)
    return found


def _put_back(sftp: _Sftp) -> None:
    """Give back what a process that died in `remove` left aside; taking it twice is harmless, losing it is not."""
    for account in _accounts(sftp):
        for folder in home.INBOUND:
            for spot in _files(sftp, account, f"{folder}/{home.TAKEN}"):
                _return(sftp, _path(*spot), _path(account, folder, spot.name))


def _return(sftp: _Sftp, aside: bytes, path: bytes) -> None:
    """Move a file back under its name unless a newer one stands there, which its sender meant to replace it."""
    if sftp.state(path) is None:
        sftp.posix_rename(aside, path)
    else:
        sftp.remove(aside)
