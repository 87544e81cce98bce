"""What accounts send and what they get back: the same on the embedded server and on OpenSSH."""

import contextlib
import json
import os
import threading
import time
from pathlib import Path

import paramiko
import pytest

from sftp_drop import client, home, names
from sftp_drop.errors import BadName, Changed, DropError, NoRoom, NotAllowed, Unreachable

STRANGE = ["a b.edi", "Grüße 税関.edi", "line\nbreak.edi", "100%41.edi", "-rf", "a..b", "tab\there", "~", "x" * 250]


def spots(found) -> set[tuple[str, str, str]]:
    return {f[:3] for f in found}


class TestTaking:
    def test_a_renamed_file_is_found_read_and_removed(self, site):
        site.send(site.acme, "day.edi", b"A" * 80)
        with site.drop() as drop:
            (found,) = drop.scan()
            assert found[:4] == (site.acme, "inbox", "day.edi", 80)
            assert drop.read(found) == b"A" * 80
            drop.remove(found)
            drop.remove(found)
            assert drop.scan() == []
        assert list((site.homes / site.acme / "inbox").iterdir()) == [site.homes / site.acme / "inbox" / home.TAKEN]

    def test_unfinished_hidden_and_foreign_things_are_not_found(self, site):
        with site.visit(site.acme) as sftp, site.drop() as drop:
            for name in ("a.part", "B.PART", "c.edi.filepart"):
                sftp.open(f"inbox/{name}", "wb").close()
            with contextlib.suppress(PermissionError):
                sftp.open("inbox/.hidden", "wb").close()
            (site.homes / site.acme / "inbox" / "folder").mkdir()
            (site.homes / site.acme / "inbox" / "link").symlink_to("/etc/passwd")
            assert drop.scan() == drop.scan() == []
            (site.homes / site.acme / "inbox" / "folder").rmdir()

    def test_a_rename_that_was_watched_needs_no_waiting(self, site):
        with site.visit(site.acme) as sftp, site.drop(window=60) as drop:
            with sftp.open("inbox/day.edi.part", "wb") as file:
                file.write(b"x" * 100)
            assert drop.scan(wait=False) == []
            sftp.posix_rename("inbox/day.edi.part", "inbox/day.edi")
            assert spots(drop.scan(wait=False)) == {(site.acme, "inbox", "day.edi")}

    def test_a_growing_file_waits_until_it_stands_still(self, site):
        with site.visit(site.acme) as sftp, site.drop(window=0.3) as drop:
            with sftp.open("inbox/slow.edi", "wb") as file:
                for _ in range(4):
                    file.write(b"x" * 80)
                    assert drop.scan(wait=False) == []
                    time.sleep(0.2)
            (found,) = drop.scan()
            assert drop.read(found) == b"x" * 320

    def test_a_file_that_grew_after_it_was_found_is_refused(self, site):
        site.send(site.acme, "day.edi", b"x" * 80)
        with site.drop() as drop, site.visit(site.acme) as sftp:
            (found,) = drop.scan()
            with sftp.open("inbox/day.edi", "ab") as file:
                file.write(b"y" * 80)
            with pytest.raises(Changed, match="80 bytes when found, now 160"):
                drop.read(found)
            (again,) = drop.scan()
            assert drop.read(again) == b"x" * 80 + b"y" * 80

    def test_a_file_that_grows_while_it_is_read_is_refused(self, site, monkeypatch):
        site.send(site.acme, "day.edi", b"x" * 200_000)
        chunks = client._chunks

        def slowly(file, size):
            for chunk in chunks(file, size):
                with (site.homes / site.acme / "inbox" / "day.edi").open("ab") as more:
                    more.write(b"y")
                yield chunk

        with site.drop() as drop:
            (found,) = drop.scan()
            monkeypatch.setattr(client, "_chunks", slowly)
            with pytest.raises(Changed):
                drop.read(found)

    def test_a_file_that_went_away_is_refused(self, site):
        site.send(site.acme, "day.edi", b"x")
        with site.drop() as drop, site.visit(site.acme) as sftp:
            (found,) = drop.scan()
            sftp.remove("inbox/day.edi")
            with pytest.raises(Changed, match="no such file"):
                drop.read(found)

    def test_what_is_sent_under_the_same_name_meanwhile_is_not_lost(self, site):
        site.send(site.acme, "day.edi", b"first")
        with site.drop() as drop:
            (first,) = drop.scan()
            assert drop.read(first) == b"first"
            site.send(site.acme, "day.edi", b"the second")
            with pytest.raises(Changed, match="replaced"):
                drop.remove(first)
            (second,) = drop.scan()
            assert drop.read(second) == b"the second"
            drop.remove(second)

    def test_what_a_crash_left_aside_is_found_again(self, site):
        site.send(site.acme, "day.edi", b"bytes")
        inbox = site.homes / site.acme / "inbox"
        (inbox / "day.edi").rename(inbox / home.TAKEN / "day.edi")
        with site.drop() as drop:
            (found,) = drop.scan()
            assert drop.read(found) == b"bytes"

    def test_a_home_without_our_folder_is_not_passed_over_in_silence(self, site):
        site.send(site.acme, "day.edi", b"bytes")
        aside = site.homes / site.acme / "inbox" / home.TAKEN
        aside.rename(site.homes / "away")
        try:
            with site.drop() as drop:
                (found,) = drop.scan()
                with pytest.raises(NotAllowed, match="taken"):
                    drop.remove(found)
        finally:
            (site.homes / "away").rename(aside)

    def test_a_file_that_its_sender_locked_is_named(self, site):
        site.send(site.acme, "day.edi", b"bytes")
        with site.visit(site.acme) as sftp:
            sftp.chmod("inbox/day.edi", 0o600)
        with site.drop() as drop:
            (found,) = drop.scan()
            if site.acme == "acme":  # the embedded server ignores modes
                assert drop.read(found) == b"bytes"
            else:
                with pytest.raises(NotAllowed, match="inbox/day"):
                    drop.read(found)

    def test_an_upload_cut_in_the_middle_is_never_seen_complete(self, site):
        with site.transport(site.acme) as transport, site.drop() as drop:
            sftp = paramiko.SFTPClient.from_transport(transport)
            file = sftp.open("inbox/cut.edi.part", "wb")
            file.write(b"x" * 40_000)
            transport.sock.close()
            transport.join(5)
            time.sleep(0.3)
            assert drop.scan() == drop.scan() == []

    def test_two_files_at_the_same_instant(self, site):
        both = threading.Barrier(2)

        def send(account: str, data: bytes) -> None:
            with site.visit(account) as sftp:
                sftp.open("inbox/same.edi.part", "wb").close()
                with sftp.open("check/same.edi.part", "wb") as file:
                    file.write(data)
                both.wait(10)
                sftp.posix_rename("check/same.edi.part", "check/same.edi")
                sftp.posix_rename("inbox/same.edi.part", "inbox/same.edi")

        threads = [threading.Thread(target=send, args=one) for one in ((site.acme, b"acme"), (site.bolt, b"bolt"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        with site.drop() as drop:
            read = {f[:3]: drop.read(f) for f in drop.scan()}
        assert read == {
            (site.acme, "check", "same.edi"): b"acme",
            (site.acme, "inbox", "same.edi"): b"",
            (site.bolt, "check", "same.edi"): b"bolt",
            (site.bolt, "inbox", "same.edi"): b"",
        }

    def test_any_name_is_taken_and_receipted(self, site):
        with site.visit(site.acme) as sftp, site.drop() as drop:
            for name in STRANGE:
                sftp.open("inbox/upload.part", "wb").close()
                sftp.posix_rename("inbox/upload.part", f"inbox/{name}")
            found = drop.scan()
            assert {f.name for f in found} == set(STRANGE)
            for f in found:
                assert drop.read(f) == b""
                drop.receipt(f, "0" * 64, "2026-11-22T12:00:00Z")
                drop.remove(f)
            receipts = {names.answer(name, names.RECEIPT): name for name in STRANGE}
            assert set(sftp.listdir("outbox")) - {"check", "statements"} == set(receipts)
            for receipt, name in receipts.items():
                assert receipt.isprintable()
                with sftp.open(f"outbox/{receipt}") as file:
                    assert json.load(file) == {
                        "bytes": 0,
                        "file": name,
                        "folder": "inbox",
                        "received_at": "2026-11-22T12:00:00Z",
                        "sha256": "0" * 64,
                    }

    def test_a_name_that_is_not_utf8_hides_nobody_elses_file(self, site):
        inbox = os.fsencode(site.homes / site.acme / "inbox")
        with open(inbox + b"/\xff\xfe.edi", "wb") as file:  # noqa: PTH123 (a name of bytes)
            file.write(b"odd")
        site.send(site.bolt, "day.edi", b"fine")
        with site.drop() as drop:
            found = drop.scan()
            read = {f.name: drop.read(f) for f in found}
            for f in found:
                drop.remove(f)
        assert read.pop("day.edi") == b"fine"
        assert read in ({}, {"\udcff\udcfe.edi": b"odd"})  # the embedded server cannot spell it and does not show it

    def test_a_dry_run_is_answered_apart(self, site):
        site.send(site.acme, "day.edi", b"try", "check")
        site.send(site.acme, "day.edi", b"file", "inbox")
        with site.drop() as drop:
            for found in drop.scan():
                drop.receipt(found, found.folder, "")
        for folder, answers in home.ANSWERS.items():
            body = (site.homes / site.acme / answers / "day.edi.receipt.json").read_text()
            assert json.loads(body)["sha256"] == folder

    def test_a_thousand_small_files(self, site):
        bodies = {f"{n:04}.edi": f"{n:080}".encode() for n in range(1000)}
        with site.visit(site.acme) as sftp:
            for name, body in bodies.items():
                site.put(sftp, f"inbox/{name}", body)
        with site.drop() as drop:
            found = drop.scan()
            assert [f.mtime for f in found] == sorted(f.mtime for f in found)
            assert {f.name: drop.read(f) for f in found} == bodies

    def test_a_large_file(self, site):
        body = os.urandom(1 << 20) * 50
        site.send(site.acme, "large.edi", body)
        with site.drop() as drop:
            (found,) = drop.scan()
            assert drop.read(found) == body


def delivered_to_bolt(site) -> Path:
    """A file of another account that the operator could overwrite."""
    victim = site.homes / site.bolt / "outbox" / "victim"
    victim.write_bytes(b"bolt's")
    owner = victim.parent.stat()
    os.chown(victim, owner.st_uid, owner.st_gid)
    return victim


class TestDelivering:
    def test_an_answer_appears_whole_and_the_account_fetches_and_deletes_it(self, site):
        with site.drop() as drop, site.visit(site.acme) as sftp:
            drop.deliver(site.acme, "day.edi.ax", b"AX" * 100_000)
            assert set(sftp.listdir("outbox")) == {"day.edi.ax", "check", "statements"}
            with sftp.open("outbox/day.edi.ax") as file:
                assert file.read() == b"AX" * 100_000
            with pytest.raises(PermissionError):
                sftp.open("outbox/day.edi.ax", "r+")
            sftp.remove("outbox/day.edi.ax")
            assert set(sftp.listdir("outbox")) == {"check", "statements"}

    def test_delivering_again_is_harmless(self, site):
        (site.homes / site.acme / "outbox" / "day.edi.ax.part").write_bytes(b"left by a crash, longer than the answer")
        with site.drop() as drop:
            drop.deliver(site.acme, "day.edi.ax", b"old")
            drop.deliver(site.acme, "day.edi.ax", b"answer")
            drop.deliver(site.acme, "day.edi.ax", b"answer")
            drop.deliver(site.acme, "2026-11.pdf", b"statement", home.STATEMENTS)
        outbox = site.homes / site.acme / "outbox"
        assert {p.name for p in outbox.iterdir()} == {"day.edi.ax", "check", "statements"}
        assert (outbox / "day.edi.ax").read_bytes() == b"answer"
        assert (outbox / "statements" / "2026-11.pdf").read_bytes() == b"statement"

    def test_a_planted_link_is_replaced_and_not_followed(self, site):
        victim = delivered_to_bolt(site)
        for name in ("day.edi.ax", "day.edi.ax.part"):
            (site.homes / site.acme / "outbox" / name).symlink_to(f"../../{site.bolt}/outbox/victim")
        with site.drop() as drop:
            drop.deliver(site.acme, "day.edi.ax", b"acme's")
        assert victim.read_bytes() == b"bolt's"
        assert (site.homes / site.acme / "outbox" / "day.edi.ax").read_bytes() == b"acme's"

    def test_a_link_planted_at_the_last_moment_is_not_followed(self, site, monkeypatch):
        victim = delivered_to_bolt(site)

        def remove_and_plant(sftp, path):
            link = site.homes / site.acme / "outbox" / "day.edi.ax.part"
            link.unlink(missing_ok=True)
            link.symlink_to(f"../../{site.bolt}/outbox/victim")

        monkeypatch.setattr(client._Sftp, "remove", remove_and_plant)
        with site.drop() as drop, pytest.raises(DropError):
            drop.deliver(site.acme, "day.edi.ax", b"acme's")
        assert victim.read_bytes() == b"bolt's"

    @pytest.mark.parametrize("size", [200_000, 9_000_000])
    def test_a_full_outbox_says_so_and_takes_the_answer_later(self, site, size):
        with site.drop() as drop:
            with site.full(site.acme):
                with pytest.raises(NoRoom, match="not delivered"):
                    drop.deliver(site.acme, "day.edi.ax", b"x" * size)
                left = {p.name for p in (site.homes / site.acme / "outbox").iterdir()}
                assert left <= {"check", "statements"}
                drop.deliver(site.bolt, "day.edi.ax", b"others are not held up")
                drop.close()  # a disk is only unmounted when nobody uses it
            drop.deliver(site.acme, "day.edi.ax", b"x" * size)
        assert (site.homes / site.acme / "outbox" / "day.edi.ax").stat().st_size == size

    def test_a_name_that_is_not_safe_is_refused(self, site):
        with site.drop() as drop:
            for name in ("../x", "a/b", "", ".", "..", ".x", "x.part", "a\0b", "a\nb", "é" * 126):
                with pytest.raises(BadName):
                    drop.deliver(site.acme, name, b"")
        assert {p.name for p in (site.homes / site.acme / "outbox").iterdir()} == {"check", "statements"}

    def test_an_account_without_a_home_is_refused_for_good(self, site):
        with site.drop() as drop, pytest.raises(NotAllowed, match="no such folder"):
            drop.deliver("nobody", "x.ax", b"")


class TestEnduring:
    def test_a_restart_between_operations_is_not_noticed(self, site):
        site.send(site.acme, "day.edi", b"x" * 80)
        with site.drop() as drop:
            (found,) = drop.scan()
            for work in (
                lambda: drop.read(found),
                lambda: drop.deliver(site.acme, "day.edi.ax", b"ax"),
                lambda: drop.remove(found),
                drop.scan,
            ):
                site.stop()
                site.start()
                work()
        assert (site.homes / site.acme / "outbox" / "day.edi.ax").read_bytes() == b"ax"

    def test_a_connection_lost_in_the_middle_is_made_again(self, site, monkeypatch):
        site.send(site.acme, "day.edi", b"x" * 200_000)
        chunks, restarts = client._chunks, list[bool]()

        def interrupted(file, size):
            for chunk in chunks(file, size):
                if not restarts:
                    site.stop()
                    site.start()
                    restarts.append(True)
                yield chunk

        with site.drop() as drop:
            (found,) = drop.scan()
            monkeypatch.setattr(client, "_chunks", interrupted)
            assert drop.read(found) == b"x" * 200_000
        assert restarts

    def test_a_server_that_is_down_is_told_apart_and_forgiven(self, site):
        site.send(site.acme, "day.edi", b"x" * 80)
        with site.drop() as drop:
            site.stop()
            try:
                with pytest.raises(Unreachable):
                    drop.scan()
            finally:
                site.start()
            assert len(drop.scan()) == 1
