"""A drop with two accounts, `acme` and `bolt`, served once by the embedded server and once by OpenSSH."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

from sftp_drop import home, keys
from sftp_drop.client import Drop
from sftp_drop.quota import Limits
from sftp_drop.server import SftpServer

DEPLOY = Path(__file__).parents[2] / "deploy" / "openssh"
SSHD = "/usr/sbin/sshd"
ROOM = 80_000_000  # bytes of a home on the embedded server


class Site:
    """A running drop as the tests see it."""

    acme, bolt, operator = "acme", "bolt", "tidewaiter"
    port: int

    def __init__(self, base: Path, key_folder: Path):
        self.homes, self._keys = base, key_folder
        for name in ("host", self.operator, self.acme, self.bolt, "stranger"):
            keys.ensure_private(key_folder / name)
            (key_folder / f"{name}.pub").write_text(self.public(name) + "\n")

    def key_file(self, name: str) -> Path:
        return self._keys / name

    def public(self, name: str) -> str:
        return keys.line(keys.private(self.key_file(name)))

    def drop(self, **options) -> Drop:
        """Our own client; a short window unless told otherwise."""
        given: dict[str, Any] = {
            "user": self.operator,
            "key_file": self.key_file(self.operator),
            "host_key": self.public("host"),
        }
        return Drop("127.0.0.1", self.port, **(given | {"window": 0.05, "timeout": 10} | options))

    @contextlib.contextmanager
    def transport(self, account: str) -> Iterator[paramiko.Transport]:
        conn = socket.create_connection(("127.0.0.1", self.port), 10)
        transport = paramiko.Transport(conn)
        try:
            transport.start_client(timeout=10)
            transport.auth_publickey(account, keys.private(self.key_file(account)))
            yield transport
        finally:
            transport.close()

    @contextlib.contextmanager
    def visit(self, account: str) -> Iterator[paramiko.SFTPClient]:
        """The account's own SFTP client, not ours."""
        with self.transport(account) as transport:
            yield paramiko.SFTPClient.from_transport(transport)

    def send(self, account: str, name: str, data: bytes, folder: str = "inbox") -> None:
        """Upload as accounts should: as .part, then renamed."""
        with self.visit(account) as sftp:
            self.put(sftp, f"{folder}/{name}", data)

    @staticmethod
    def put(sftp: paramiko.SFTPClient, path: str, data: bytes) -> None:
        with sftp.open(path + ".part", "wb") as file:
            file.set_pipelined(True)
            file.write(data)
        sftp.posix_rename(path + ".part", path)

    def empty(self) -> None:
        for account in (self.acme, self.bolt):
            for folder in home.FOLDERS:
                for path in (self.homes / account / folder).iterdir():
                    if path.is_symlink() or not path.is_dir():
                        path.unlink()


class Embedded(Site):
    def __init__(self, folder: Path):
        (folder / "keys").mkdir()
        super().__init__(folder / "homes", folder / "keys")
        self.port = 0
        for account in (self.acme, self.bolt):
            home.create(self.homes, account)
        self.start()

    def start(self) -> None:
        users = {name: [self.public(name)] for name in (self.operator, self.acme, self.bolt)}
        host_key = keys.private(self.key_file("host"))
        self.server = SftpServer(
            self.homes, host_key, self.port, keys=lambda name: users.get(name, []), limits=Limits(home=ROOM)
        ).start()
        self.port = self.server.port

    def stop(self) -> None:
        self.server.close()

    close = stop

    @contextlib.contextmanager
    def full(self, account: str) -> Iterator[None]:
        """No room in an account's home: its own file (sparse) takes nearly all of the quota."""
        with self.visit(account) as sftp:
            with sftp.open("inbox/filler.part", "wb") as file:
                file.truncate(ROOM - 1000)
            yield
            sftp.remove("inbox/filler.part")


class OpenSsh(Site):
    """sshd with the configuration and the script that we ship, under names of this process."""

    def __init__(self, folder: Path):
        tag = f"tw{os.getpid()}"
        self.acme, self.bolt, self.operator, self._group = f"{tag}acme", f"{tag}bolt", f"{tag}op", f"{tag}accounts"
        self._base, self._folder = Path("/srv") / f"tidewaiter-test-{os.getpid()}", folder
        super().__init__(self._base / "drop", folder)
        try:
            self._homes_sh("operator", str(self.key_file(self.operator)) + ".pub")
            for account in (self.acme, self.bolt):
                self._homes_sh("account", account, str(self.key_file(account)) + ".pub")
            Path("/run/sshd").mkdir(exist_ok=True)
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
            shipped = (DEPLOY / "tidewaiter.conf").read_text()
            for ours, here in (
                ("/srv/tidewaiter/", f"{self._base}/"),
                ("Group tidewaiter-accounts", f"Group {self._group}"),
                ("User tidewaiter", f"User {self.operator}"),
            ):
                assert ours in shipped
                shipped = shipped.replace(ours, here)
            (folder / "sshd_config").write_text(
                f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.key_file('host')}\nPidFile none\nUsePAM no\n"
                f"MaxStartups 100\nSubsystem sftp internal-sftp\n\n{shipped}"
            )
            self.start()
        except BaseException:
            self.close()
            raise

    def _homes_sh(self, *arguments: str) -> None:
        names = {
            "TIDEWAITER_BASE": str(self._base),
            "TIDEWAITER_OPERATOR": self.operator,
            "TIDEWAITER_ACCOUNTS": self._group,
        }
        for attempt in range(5):  # somebody else may be locking /etc/passwd
            command = [str(DEPLOY / "homes.sh"), *arguments]
            done = subprocess.run(command, env=os.environ | names, capture_output=True, text=True)
            if done.returncode == 0:
                return
            time.sleep(0.2 * attempt)
        raise RuntimeError(done.stderr)

    def start(self) -> None:
        self._log = (self._folder / "sshd.log").open("a")
        command = [SSHD, "-D", "-e", "-f", str(self._folder / "sshd_config")]
        forgiving = ["-o", "PerSourcePenalties=no"]  # since OpenSSH 9.8; our wrong keys would lock us out
        if subprocess.run([*command, "-t", *forgiving], capture_output=True).returncode == 0:
            command += forgiving
        self._sshd = subprocess.Popen(command, stderr=self._log, stdin=subprocess.DEVNULL)
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise RuntimeError((self._folder / "sshd.log").read_text())

    def stop(self) -> None:
        # Sessions first, so that each is reaped by the process that began it; new ones may begin meanwhile.
        for _ in range(100):
            for pid in (sessions := descendants(self._sshd.pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            if not sessions:
                break
            time.sleep(0.02)
        self._sshd.terminate()
        self._sshd.wait(10)
        self._log.close()

    def close(self) -> None:
        if hasattr(self, "_sshd"):
            self.stop()
        for user in (self.acme, self.bolt, self.operator):
            for _ in range(20):  # a session of the user may take a moment to end
                if subprocess.run(["userdel", user], capture_output=True).returncode in (0, 6):
                    break
                time.sleep(0.1)
        subprocess.run(["groupdel", self._group], capture_output=True)
        shutil.rmtree(self._base, ignore_errors=True)

    @contextlib.contextmanager
    def full(self, account: str) -> Iterator[None]:
        """No room in an account's outbox: a disk of 100 kB is mounted over it."""
        outbox = self.homes / account / "outbox"
        before = outbox.stat()
        options = f"size=100k,mode={before.st_mode & 0o7777:o},uid={before.st_uid},gid={before.st_gid}"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", outbox], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
        try:
            yield
        finally:
            subprocess.run(["umount", outbox], check=True)


def descendants(pid: int) -> list[int]:
    """Processes begun by a process, directly or not."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


@pytest.fixture(scope="session", params=["embedded", pytest.param("openssh", marks=pytest.mark.openssh)])
def served(request, tmp_path_factory) -> Iterator[Embedded | OpenSsh]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "openssh":
        if os.geteuid() != 0 or not Path(SSHD).exists() or not shutil.which("useradd"):
            pytest.skip("OpenSSH's chroot needs root, sshd and useradd")
        site: Embedded | OpenSsh = OpenSsh(folder)
    else:
        site = Embedded(folder)
    yield site
    site.close()


@pytest.fixture
def site(served) -> Embedded | OpenSsh:
    """A drop with empty folders."""
    served.empty()
    return served


@pytest.fixture
def embedded(tmp_path) -> Iterator[Embedded]:
    """An embedded server of the test's own."""
    before = set(threading.enumerate())  # houses that other tests keep for the session have servers of their own
    site = Embedded(tmp_path)
    yield site
    site.close()
    assert not [t.name for t in threading.enumerate() if t.name == "sftp-drop" and t not in before]
