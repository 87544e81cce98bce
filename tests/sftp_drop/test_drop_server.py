"""What only the embedded server does: quotas, limits, manners towards broken visitors, running by itself."""

import contextlib
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import paramiko
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sftp_drop import home, keys
from sftp_drop.client import Drop
from sftp_drop.errors import BadKey, BadName, KeyRefused
from sftp_drop.fence import Fence
from sftp_drop.quota import Limits
from sftp_drop.server import SftpServer


@contextlib.contextmanager
def limited(site, **limits):
    """The site's server, started again with other limits."""
    site.stop()
    known = site.server.keys
    site.server = SftpServer(
        site.homes, keys.private(site.key_file("host")), keys=known, limits=Limits(**limits)
    ).start()
    site.port = site.server.port
    yield site


def until(what, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not (done := what()) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(done)


class TestQuota:
    def test_a_file_too_large_is_refused_in_words(self, embedded):
        with limited(embedded, file=100_000), embedded.visit("acme") as sftp:
            with sftp.open("inbox/day.edi.part", "wb") as file:
                file.write(b"x" * 100_000)
                with pytest.raises(OSError, match="too large: at most 100000 bytes"):
                    file.write(b"x")
                with pytest.raises(OSError, match="too large"):
                    file.truncate(1 << 40)
            assert sftp.stat("inbox/day.edi.part").st_size == 100_000

    def test_a_full_home_is_refused_in_words_until_something_is_deleted(self, embedded):
        with limited(embedded, home=100_000), embedded.visit("acme") as sftp:
            embedded.put(sftp, "inbox/one.edi", b"x" * 60_000)
            with (
                pytest.raises(OSError, match=r"home is full: \d+ of 100000 bytes"),
                sftp.open("inbox/two.part", "wb") as two,
            ):
                two.write(b"x" * 60_000)
            sftp.remove("inbox/two.part")
            with embedded.drop() as drop:
                (found,) = drop.scan()
                drop.remove(found)
            embedded.put(sftp, "inbox/two.edi", b"x" * 60_000)
            with embedded.visit("bolt") as other:
                embedded.put(other, "inbox/one.edi", b"x" * 60_000)


class TestUploads:
    def test_the_operator_sees_no_file_that_is_still_open(self, embedded):
        with embedded.visit("acme") as sftp, embedded.drop(window=0) as drop:
            with sftp.open("inbox/day.edi", "wb") as file:
                file.write(b"x" * 80)
                assert sftp.listdir("inbox") == ["day.edi"]
                assert drop.scan() == []
            assert [f.size for f in drop.scan()] == [80]

    def test_a_cut_upload_under_its_final_name_is_marked_unfinished(self, embedded):
        inbox = embedded.homes / "acme" / "inbox"
        with embedded.transport("acme") as transport:
            file = paramiko.SFTPClient.from_transport(transport).open("inbox/day.edi", "wb")
            file.write(b"x" * 40_000)
            transport.sock.close()
            assert until(lambda: (inbox / "day.edi.part").exists())
        assert not (inbox / "day.edi").exists()

    def test_closing_the_server_marks_them_too(self, embedded):
        with embedded.visit("acme") as sftp:
            file = sftp.open("inbox/day.edi", "wb")
            file.write(b"x" * 40_000)
            embedded.stop()
            with contextlib.suppress(
                OSError, EOFError, paramiko.SSHException
            ):  # the client may notice only now, in any of these ways
                file.close()
        assert (embedded.homes / "acme" / "inbox" / "day.edi.part").exists()

    def test_an_account_writes_only_where_it_may(self, embedded):
        with embedded.visit("acme") as sftp:
            for path in ("outbox/x", "outbox/check/x", "outbox/statements/x", "x"):
                with pytest.raises(PermissionError, match="not allowed in"):
                    sftp.open(path, "wb")
            with pytest.raises(PermissionError, match="dot"):
                sftp.open("inbox/.x", "wb")
            embedded.put(sftp, "inbox/x", b"")
            with pytest.raises(PermissionError):
                sftp.rename("inbox/x", "outbox/x")

    def test_plain_rename_never_replaces(self, embedded):
        with embedded.visit("acme") as sftp:
            embedded.put(sftp, "inbox/a", b"a")
            embedded.put(sftp, "inbox/b", b"b")
            with pytest.raises(OSError):
                sftp.rename("inbox/a", "inbox/b")
            sftp.rename("inbox/a", "inbox/c")
            assert sorted(sftp.listdir("inbox")) == ["b", "c"]

    def test_times_and_modes_that_clients_set_are_accepted_and_ignored(self, embedded):
        with embedded.visit("acme") as sftp:
            embedded.put(sftp, "inbox/a", b"a")
            sftp.utime("inbox/a", (0, 0))
            sftp.chmod("inbox/a", 0o777)
            sftp.truncate("inbox/a", 0)
        found = (embedded.homes / "acme" / "inbox" / "a").stat()
        assert found.st_mode & 0o777 == 0o600 and found.st_mtime > 0 and found.st_size == 0


class TestManners:
    def test_broken_visitors_do_no_harm(self, embedded):
        for greeting in (b"", b"GET / HTTP/1.0\r\n\r\n", b"SSH-2.0-x\r\n" + os.urandom(5000), b"\0" * 100_000):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", embedded.port), 5) as conn:
                conn.sendall(greeting)
        with embedded.transport("acme") as transport:
            channel = transport.open_session()
            channel.invoke_subsystem("sftp")
            channel.sendall(b"\x00\x00\x00\x05\x01\x00\x00\x00\x03" + b"\x00\x00\x00\x09\xc8garbage!" + b"\xff" * 50)
        embedded.send("acme", "day.edi", b"x")
        with embedded.drop() as drop:
            assert len(drop.scan()) == 1

    def test_only_so_many_connections(self, embedded):
        refused = pytest.raises((paramiko.SSHException, EOFError, OSError))
        with limited(embedded, connections=1), embedded.visit("bolt"), refused, embedded.visit("acme"):
            pass
        assert until(lambda: not embedded.server._doors)
        with embedded.visit("acme") as sftp:
            assert sftp.listdir("inbox") == []

    def test_only_so_many_channels_at_a_time(self, embedded):
        with limited(embedded, channels=2), embedded.transport("acme") as transport:
            for _ in range(5):
                one, two = (paramiko.SFTPClient.from_transport(transport) for _ in range(2))
                with pytest.raises(paramiko.ChannelException):
                    transport.open_session()
                one.close()
                two.close()
                assert until(lambda: not embedded.server.house.sessions)

    def test_keys_that_cannot_be_looked_up_admit_nobody(self, embedded):
        def broken(username):
            raise LookupError(username)

        known, embedded.server.keys = embedded.server.keys, broken
        with pytest.raises(KeyRefused):
            embedded.drop().scan()
        embedded.server.keys = known
        with embedded.drop() as drop:
            assert drop.scan() == []

    def test_idle_visitors_are_sent_away_and_our_client_comes_back(self, embedded):
        with limited(embedded, idle=0.3), embedded.transport("acme") as transport, embedded.drop() as drop:
            paramiko.SFTPClient.from_transport(transport)
            assert until(lambda: not transport.is_active())
            assert drop.scan() == []

    def test_who_does_not_log_in_is_sent_away(self, embedded):
        with limited(embedded, login=0.3), socket.create_connection(("127.0.0.1", embedded.port), 5) as conn:
            while conn.recv(1000):
                pass

    def test_one_line_of_log_each_which_no_name_can_forge(self, embedded, caplog):
        caplog.set_level(logging.INFO, "sftp_drop")
        embedded.send("acme", "a\nroot@10.0.0.1 logged in", b"x")
        with pytest.raises(KeyRefused):
            embedded.drop(user="eve\nacme@::1 logged in").scan()
        lines = [r.getMessage() for r in caplog.records if r.name.startswith("sftp_drop.s")]
        assert not [line for line in lines if "\n" in line]
        assert any(re.fullmatch(r"acme@127.0.0.1:\d+ logged in", line) for line in lines)
        assert any("refused" in line for line in lines)

    def test_closing_leaves_no_threads(self, embedded):
        before = set(threading.enumerate())
        with limited(embedded), embedded.visit("acme") as sftp:
            sftp.listdir()
            embedded.stop()
        embedded.stop()
        assert until(lambda: not set(threading.enumerate()) - before)


class TestKeys:
    @pytest.fixture
    def line(self, tmp_path) -> str:
        return keys.line(keys.ensure_private(tmp_path / "a-key"))

    def test_accounts_come_and_go_without_a_restart(self, tmp_path):
        names = ("host", "acme", "bolt")
        public = {name: keys.line(keys.ensure_private(tmp_path / name)) for name in names}
        listed = tmp_path / "keys"

        def admitted(name: str) -> bool:
            try:
                with Drop("127.0.0.1", server.port, name, tmp_path / name, public["host"]):
                    return True
            except KeyRefused:
                return False

        host_key = keys.private(tmp_path / "host")
        with SftpServer(tmp_path / "homes", host_key, keys=keys.KeysFile(listed)) as server:
            assert not admitted("acme")
            listed.write_text(f"# who\n\nacme {public['acme']} a comment\nbolt ssh-ed25519 rubbish\n")
            assert admitted("acme") and not admitted("bolt")
            listed.write_text(f"bolt {public['acme']}\nbolt {public['bolt']}\n")
            assert not admitted("acme") and admitted("bolt")
            listed.unlink()
            assert not admitted("bolt")
        assert {p.name for p in (tmp_path / "homes").iterdir()} == {"acme", "bolt"}

    def test_a_user_who_is_no_account_gets_no_folder(self, tmp_path, line):
        private = tmp_path / "a-key"
        with SftpServer(tmp_path / "homes", keys.private(private), keys=lambda name: [line]) as server:
            for name in ("..", "a/b", ".ssh", "", "x" * 33, "a\0"):
                with pytest.raises(KeyRefused):
                    Drop("127.0.0.1", server.port, name, private, line).scan()
        assert list((tmp_path / "homes").iterdir()) == []

    @pytest.mark.parametrize("kind", [paramiko.RSAKey, paramiko.ECDSAKey])
    def test_rsa_and_ecdsa_keys_log_in_and_are_pinned(self, tmp_path, kind):
        key = kind.generate(2048) if kind is paramiko.RSAKey else kind.generate()
        key.write_private_key_file(str(tmp_path / "key"))
        public = keys.line(key)
        with (
            SftpServer(tmp_path / "homes", key, keys=lambda name: [public]) as server,
            Drop("127.0.0.1", server.port, "tidewaiter", tmp_path / "key", public) as drop,
        ):
            assert drop.scan() == []

    @pytest.mark.parametrize(
        "text", ["", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-dss AAAA", "ssh-ed25519 ***", "ssh-rsa AAAA"]
    )
    def test_what_is_no_key_is_refused(self, text):
        with pytest.raises(BadKey):
            keys.public(text)

    def test_short_rsa_keys_are_refused(self):
        with pytest.raises(BadKey, match="1024 bits"):
            keys.public(keys.line(paramiko.RSAKey.generate(1024)))

    def test_private_keys_are_made_once_and_for_us_alone(self, tmp_path):
        first = keys.ensure_private(tmp_path / "key")
        assert keys.ensure_private(tmp_path / "key") == first
        assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


class TestTheFence:
    @given(st.text(st.sampled_from("./abinox%\n\0é"), max_size=30), st.booleans())
    def test_a_path_never_means_anything_outside(self, path, ours):
        place = Fence(Path("/homes"), None if ours else "acme").place(path)
        assert ".." not in str(place).split("/")
        assert "/" not in place.name + place.account
        if not ours:
            assert place.account == "acme"

    def test_links_swapped_in_at_any_moment_are_not_followed(self, tmp_path):
        for account in ("acme", "bolt"):
            home.create(tmp_path, account)
        inbox, away = tmp_path / "acme" / "inbox", tmp_path / "acme" / "away"
        stop = threading.Event()

        def swap() -> None:
            while not stop.is_set():
                inbox.rename(away)
                inbox.symlink_to("../bolt/inbox")
                time.sleep(0.0005)
                inbox.unlink()
                away.rename(inbox)
                time.sleep(0.0005)

        swapping = threading.Thread(target=swap)
        swapping.start()
        fence, entered, refused = Fence(tmp_path, "acme"), 0, 0
        place = fence.place("inbox/x")
        end, seen = time.monotonic() + 10, set()
        while time.monotonic() < end and (entered < 200 or refused < 200):
            try:
                with fence.enter(place, "r") as here:
                    seen.add(Path(f"/proc/self/fd/{here}").readlink().parent.name)
                    entered += 1
            except OSError:
                refused += 1
        stop.set()
        swapping.join()
        assert entered and refused
        assert seen == {"acme"}

    def test_homes_are_private_and_planted_links_are_refused(self, tmp_path):
        acme = home.create(tmp_path / "homes", "acme")
        home.create(tmp_path / "homes", "acme")
        assert {p.stat().st_mode & 0o777 for p in (acme, *(acme / f for f in home.FOLDERS))} == {0o700}
        (tmp_path / "homes" / "bolt").symlink_to(acme)
        with pytest.raises(NotADirectoryError):
            home.create(tmp_path / "homes", "bolt")
        with pytest.raises(BadName):
            home.create(tmp_path / "homes", "../x")


def test_it_runs_by_itself_and_ends_when_told(tmp_path):
    public = keys.line(keys.ensure_private(tmp_path / "key"))
    (tmp_path / "keys").write_text(f"tidewaiter {public}\nacme {public}\n")
    command = [sys.executable, "-m", "sftp_drop.server", "--homes", tmp_path / "homes", "--port", "0"]
    command += ["--host-key", tmp_path / "host", "--keys", tmp_path / "keys", "--max-home", "1000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            said = re.fullmatch(r"listening on 127.0.0.1:(\d+) with host key (.+)\n", process.stdout.readline())
            assert said
            with Drop("127.0.0.1", int(said[1]), "tidewaiter", tmp_path / "key", said[2]) as drop:
                assert drop.scan() == []
        finally:
            process.send_signal(signal.SIGTERM)
            log = process.communicate(timeout=10)[1]
    assert process.returncode == 0
    assert "tidewaiter@127.0.0.1" in log and "Traceback" not in log
