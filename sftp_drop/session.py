"""What a logged-in visitor can do: the SFTP requests, carried out inside the visitor's fence."""

import errno
import functools
import logging
import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import paramiko
from paramiko import SFTP_OK, SFTP_PERMISSION_DENIED, SFTPAttributes, SFTPServer

from sftp_drop import names
from sftp_drop.fence import Fence, Place
from sftp_drop.quota import Limits, Quota

log = logging.getLogger(__name__)

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_LONGEST_READ = 256 * 1024  # bytes of one answer, as OpenSSH
_DENIED = (errno.EPERM, errno.EACCES, errno.ELOOP)


class House:
    """What the sessions of one server share: the homes, the quota, and which files are being written just now."""

    def __init__(self, homes: Path, limits: Limits):
        self.homes, self.limits, self.quota = homes, limits, Quota(homes, limits)
        self._writing: dict[tuple[int, int], int] = {}
        self.sessions: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def writing(self, file: os.stat_result, change: int = 0) -> bool:
        """Whether a file (by device and inode) is open for writing, after counting one more (1) or one less (-1)."""
        which = file.st_dev, file.st_ino
        with self._lock:
            count = self._writing.pop(which, 0) + change
            if count:
                self._writing[which] = count
            return count > 0


class Visitor(Protocol):
    """Who is connected, as the sessions need to know it."""

    house: House
    account: str | None  # None is the operator
    channels: int  # open ones

    def touch(self) -> None:
        """Note that the visitor is alive."""

    def __str__(self) -> str: ...


def _answered(work: Callable) -> Callable:
    """Turn an OSError into its SFTP status, and keep its words for the answer."""

    @functools.wraps(work)
    def wrapper(self: Any, *args: Any) -> Any:
        session = getattr(self, "session", self)
        try:
            return work(self, *args)
        except (OSError, ValueError) as e:
            number = getattr(e, "errno", None) or errno.EINVAL
            session.reason = getattr(e, "strerror", None) or str(e)
            if number == errno.ELOOP:
                session.reason = "links are not followed"
            return SFTP_PERMISSION_DENIED if number in _DENIED else SFTPServer.convert_errno(number)

    return wrapper


class Handle(paramiko.SFTPHandle):
    """An open file."""

    def __init__(self, session: "Session", place: Place, fd: int, flags: int):
        super().__init__(flags)
        self.session, self._place, self._fd = session, place, fd
        self._appends, self._writes = bool(flags & os.O_APPEND), bool(flags & _WRITES)
        self._moved = 0  # bytes read or written
        if self._writes:
            session.house.writing(os.fstat(fd), +1)

    @_answered
    def read(self, offset: int, length: int) -> bytes | int:
        data = os.pread(self._fd, min(length, _LONGEST_READ), offset)
        self._moved += len(data)
        return data

    @_answered
    def write(self, offset: int, data: bytes) -> int:
        size = os.fstat(self._fd).st_size
        offset = size if self._appends else offset
        self.session.house.quota.grow(self._place.account, size, offset + len(data))
        view = memoryview(data)
        while view:
            done = os.pwrite(self._fd, view, offset)
            view, offset = view[done:], offset + done
        self._moved += len(data)
        return SFTP_OK

    @_answered
    def stat(self) -> SFTPAttributes:
        return SFTPAttributes.from_stat(os.fstat(self._fd))

    @_answered
    def chattr(self, attr: SFTPAttributes) -> int:
        """Change the size; modes, owners and times stay ours, which clients that set them need not know."""
        if attr.st_size is not None:
            self.session.house.quota.grow(self._place.account, os.fstat(self._fd).st_size, attr.st_size)
            os.ftruncate(self._fd, attr.st_size)
        return SFTP_OK

    def close(self) -> None:
        """The visitor is done with the file."""
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            if self._writes:
                self.session.house.writing(os.fstat(fd), -1)
            os.close(fd)
            self.session.note("put" if self._writes else "get", self._place, f"{self._moved} bytes")

    def cut(self) -> None:
        """The visitor vanished with the file open: what was written is not a file, so it must not be named like one."""
        if self._fd >= 0 and self._writes and not names.partial(self._place.name):
            with suppress(OSError), self.session.fence.enter(self._place, "w") as here:
                name, mine = self._place.name, os.fstat(self._fd)
                if os.path.samestat(os.stat(name, dir_fd=here, follow_symlinks=False), mine):
                    os.rename(name, name + names.PARTIAL[0], src_dir_fd=here, dst_dir_fd=here)
                    self.session.note("cut", self._place, "renamed to .part")
        self.close()


class Session(paramiko.SFTPServerInterface):
    """The requests of one SFTP channel."""

    def __init__(self, visitor: Visitor):
        self.visitor, self.house = visitor, visitor.house
        self.fence = Fence(self.house.homes, visitor.account)
        self.reason: str | None = None

    def note(self, verb: str, *what: object) -> None:
        """One line of log; what comes from outside is shown as a Python literal, so no name can forge a line."""
        log.info(
            "%s %s %s", self.visitor, verb, " ".join(repr(str(w)) if isinstance(w, Place) else str(w) for w in what)
        )

    def session_started(self) -> None:
        log.info("%s logged in", self.visitor)

    def session_ended(self) -> None:
        self.visitor.channels -= 1

    def canonicalize(self, path: str) -> str:
        place = self.fence.place(path)
        return "/" + str(place if self.visitor.account is None else place._replace(account=""))

    @_answered
    def list_folder(self, path: str) -> list[SFTPAttributes]:
        place = self.fence.place(path)
        if place.name:
            raise NotADirectoryError(errno.ENOTDIR, "no such folder")
        found = []
        with self.fence.enter(place, "l") as here, os.scandir(here) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    it = entry.stat(follow_symlinks=False)
                    # Half-written files under their final name are nothing for the operator yet.
                    early = self.visitor.account is None and not names.partial(entry.name) and self.house.writing(it)
                    if self.fence.shows(entry.name) and not early:
                        found.append(SFTPAttributes.from_stat(it, entry.name))
        return found

    @_answered
    def lstat(self, path: str) -> SFTPAttributes:
        place = self.fence.place(path)
        with self.fence.enter(place, "l") as here:
            it = os.stat(place.name, dir_fd=here, follow_symlinks=False) if place.name else os.fstat(here)
        return SFTPAttributes.from_stat(it)

    stat = lstat

    @_answered
    def open(self, path: str, flags: int, attr: SFTPAttributes) -> Handle:
        place = self.fence.place(path)
        if not place.name:
            raise IsADirectoryError(errno.EISDIR, "this is a folder")
        with self.fence.enter(place, "w" if flags & _WRITES else "r") as here:
            how = (flags & ~os.O_APPEND) | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            fd = os.open(place.name, how, 0o600, dir_fd=here)
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise PermissionError(errno.EACCES, "not a regular file")
        return Handle(self, place, fd, flags)

    @_answered
    def remove(self, path: str) -> int:
        place = self.fence.place(path)
        with self.fence.enter(place, "d") as here:
            os.unlink(place.name, dir_fd=here)
        self.note("remove", place)
        return SFTP_OK

    @_answered
    def rename(self, oldpath: str, newpath: str) -> int:
        """SFTP's own rename, which never replaces a file: a second link fails where one exists."""
        return self._move(oldpath, newpath, replace=False)

    @_answered
    def posix_rename(self, oldpath: str, newpath: str) -> int:
        return self._move(oldpath, newpath, replace=True)

    @_answered
    def chattr(self, path: str, attr: SFTPAttributes) -> int:
        handle = self.open(path, os.O_WRONLY, attr) if attr.st_size is not None else self.lstat(path)
        if isinstance(handle, Handle):
            status = handle.chattr(attr)
            handle.close()
            return status
        return SFTP_OK if isinstance(handle, SFTPAttributes) else handle

    def symlink(self, target_path: str, path: str) -> int:
        self.reason = "links are not made here"
        return SFTP_PERMISSION_DENIED

    def mkdir(self, path: str, attr: SFTPAttributes) -> int:
        self.reason = "the folders of a home are fixed"
        return SFTP_PERMISSION_DENIED

    def rmdir(self, path: str) -> int:
        return self.mkdir(path, SFTPAttributes())

    def _move(self, oldpath: str, newpath: str, *, replace: bool) -> int:
        old, new = self.fence.place(oldpath), self.fence.place(newpath)
        with self.fence.enter(old, "d") as source, self.fence.enter(new, "w") as target:
            if replace:
                os.replace(old.name, new.name, src_dir_fd=source, dst_dir_fd=target)
            else:
                os.link(old.name, new.name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
                os.unlink(old.name, dir_fd=source)
        self.note("rename", old, new)
        return SFTP_OK


class Subsystem(SFTPServer):
    """paramiko's protocol loop, with three manners added: it says why, knows who is alive, and minds cut uploads."""

    server: Session

    def start_subsystem(self, name: str, transport: paramiko.Transport, channel: paramiko.Channel) -> None:
        self.server.house.sessions.add(self)
        super().start_subsystem(name, transport, channel)

    def _process(self, t: int, request_number: int, msg: paramiko.Message) -> None:
        self.server.visitor.touch()
        self.server.reason = None
        super()._process(t, request_number, msg)

    def _send_status(self, request_number: int, code: int, desc: str | None = None) -> None:
        super()._send_status(request_number, code, desc or (self.server.reason if code > 1 else None))

    def finish_subsystem(self) -> None:
        for handle in self.file_table.values():
            handle.cut()
        super().finish_subsystem()
        self.server.house.sessions.discard(self)
