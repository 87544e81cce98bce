"""Whom the drop lets in, and what accounts cannot reach: the same on the embedded server and on OpenSSH."""

import contextlib

import paramiko
import pytest

from sftp_drop import home
from sftp_drop.errors import HostKeyRefused, KeyRefused


class TestTheFence:
    def test_password_wrong_key_and_unknown_user_are_refused(self, site):
        with pytest.raises(KeyRefused, match="does not accept"):
            site.drop(key_file=site.key_file("stranger")).scan()
        with pytest.raises(KeyRefused, match="does not accept"):
            site.drop(user="nobody-here").scan()
        with pytest.raises(KeyRefused, match="no usable private key"):
            site.drop(key_file="/nowhere").scan()
        transport = paramiko.Transport(("127.0.0.1", site.port))
        try:
            transport.start_client(timeout=10)
            with pytest.raises(paramiko.BadAuthenticationType) as refused:
                transport.auth_password(site.acme, "secret", fallback=False)
            assert refused.value.allowed_types == ["publickey"]
        finally:
            transport.close()

    def test_another_host_key_is_refused_before_our_key_is_shown(self, site):
        with pytest.raises(HostKeyRefused, match="shows host key SHA256"):
            site.drop(host_key=site.public("stranger")).scan()
        with pytest.raises(HostKeyRefused, match="no host key of kind ecdsa"):
            site.drop(host_key=f"{(k := paramiko.ECDSAKey.generate()).get_name()} {k.get_base64()}").scan()

    def test_no_way_up(self, site):
        with site.visit(site.acme) as sftp:
            for path in ("..", "../..", "/..", "inbox/../../..", "/./../.", "//", "inbox//..", "check/../inbox/../.."):
                assert set(sftp.listdir(path)) == {"inbox", "outbox", "check"}

    def test_no_way_out_by_name(self, site):
        (site.homes / site.bolt / "inbox" / "secret.edi").write_bytes(b"bolt's")
        with site.visit(site.acme) as sftp:
            for path in (
                f"../{site.bolt}/inbox/secret.edi",
                f"inbox/../../{site.bolt}/inbox/secret.edi",
                f"{site.homes}/{site.bolt}/inbox/secret.edi",
                "/etc/passwd",
                "inbox/../../../etc/passwd",
            ):
                with pytest.raises(OSError):
                    sftp.open(path)
                with pytest.raises(OSError):
                    sftp.stat(path)
                with pytest.raises(OSError):
                    sftp.open(path, "wb")
                with pytest.raises(OSError):
                    sftp.remove(path)
                sftp.open("inbox/mine.part", "wb").close()
                with pytest.raises(OSError):
                    sftp.posix_rename("inbox/mine.part", path)
        assert {p.name for p in (site.homes / site.bolt / "inbox").iterdir()} == {home.TAKEN, "secret.edi"}

    def test_links_are_neither_made_nor_followed_outside(self, site):
        (site.homes / site.bolt / "inbox" / "secret.edi").write_bytes(b"bolt's")
        inbox = site.homes / site.acme / "inbox"
        for name, target in {
            "up": "../..",
            "file": f"../../{site.bolt}/inbox/secret.edi",
            "absolute": f"{site.homes}/{site.bolt}/inbox",
            "passwd": "/etc/passwd",
        }.items():
            (inbox / name).symlink_to(target)
        with site.visit(site.acme) as sftp:
            with pytest.raises(OSError):
                sftp.symlink("/etc/passwd", "inbox/new")
            through = f"inbox/up/{site.bolt}/inbox/secret.edi"
            for path in ("inbox/file", "inbox/passwd", through, "inbox/absolute/secret.edi"):
                with pytest.raises(OSError):
                    sftp.open(path)
            for path in ("inbox/absolute", f"inbox/up/{site.bolt}"):
                with pytest.raises(OSError):
                    sftp.listdir(path)
        assert not (inbox / "new").is_symlink()

    def test_no_folders_shell_or_forwarding(self, site):
        with site.transport(site.acme) as transport:
            sftp = paramiko.SFTPClient.from_transport(transport)
            for refused in (lambda: sftp.mkdir("inbox/deep"), lambda: sftp.rmdir("outbox/check")):
                with pytest.raises(OSError):
                    refused()
            with pytest.raises(paramiko.SSHException):
                transport.open_channel("direct-tcpip", ("127.0.0.1", site.port), ("127.0.0.1", 1), timeout=5)
            with pytest.raises(paramiko.SSHException):
                transport.open_session().get_pty()
            channel = transport.open_session()
            channel.settimeout(5)
            with contextlib.suppress(paramiko.SSHException):
                channel.exec_command("echo out")
                assert b"out" not in channel.recv(100)
        assert not (site.homes / site.acme / "inbox" / "deep").exists()

    def test_our_own_folder_is_closed_to_the_account(self, site):
        site.send(site.acme, "day.edi", b"x")
        with site.visit(site.acme) as sftp:
            for attempt in (
                lambda: sftp.listdir(f"inbox/{home.TAKEN}"),
                lambda: sftp.posix_rename("inbox/day.edi", f"inbox/{home.TAKEN}/day.edi"),
                lambda: sftp.posix_rename(f"inbox/{home.TAKEN}", "inbox/mine"),
            ):
                with pytest.raises(OSError):
                    attempt()
