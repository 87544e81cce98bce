"""The trigger against a real SFTP server."""

import asyncio
from contextlib import aclosing

import paramiko
import pytest

from dags.watch import DropTrigger
from sftp_drop.keys import KeysFile
from sftp_drop.server import SftpServer
from tidewaiter import keys
from tidewaiter.stack import AUTHORIZED


@pytest.fixture
def server(made_home, monkeypatch):
    s = made_home.settings
    monkeypatch.setenv("TIDEWAITER_HOME", str(s.home))
    host_key = paramiko.PKey.from_path(s.keys / keys.HOST_KEY)
    return SftpServer(s.homes, host_key, s.sftp_port, keys=KeysFile(s.keys / AUTHORIZED), operator=s.sftp_operator)


def first_event(seconds, meanwhile=lambda: None):
    """What the trigger tells within ``seconds``; None for nothing. ``meanwhile`` happens a little after its start."""

    async def watch():
        async with aclosing(DropTrigger().run()) as events:
            asyncio.get_running_loop().call_later(0.3, meanwhile)
            try:
                return await asyncio.wait_for(anext(events), seconds)
            except TimeoutError:
                return None

    event = asyncio.run(watch())
    return event and event.payload


def test_a_renamed_file_makes_one_event(server, made_home):
    with server:
        assert first_event(10, lambda: made_home.upload("day.txt")) == {"files": 1}


def test_files_that_lie_there_at_the_start_are_told_together(server, made_home):
    made_home.upload("a.txt")
    made_home.upload("b.txt")
    with server:
        assert first_event(10) == {"files": 2}


def test_an_unfinished_upload_makes_none(server, made_home):
    inbox = made_home.settings.homes / "broker" / "inbox"
    with server:
        assert first_event(1.5, lambda: (inbox / "day.txt.part").write_bytes(b"x")) is None


def test_a_server_that_comes_up_later_is_found(server, made_home):
    made_home.upload("day.txt")
    try:
        assert first_event(10, server.start) == {"files": 1}
    finally:
        server.close()
