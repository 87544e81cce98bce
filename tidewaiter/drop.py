"""The drop as the settings name it."""

from __future__ import annotations

from sftp_drop.client import Drop
from tidewaiter.keys import HOST_KEY, OPERATOR_KEY
from tidewaiter.settings import Settings


def connect(settings: Settings) -> Drop:
    """The operator's session with the drop; it connects when first used. Close it (it is a context manager, too).

    Raises:
        sftp_drop.errors.BadKey: the pinned host key is none.
        FileNotFoundError: no host key is set and the embedded server's is not there either.
    """
    return Drop(
        settings.sftp_host,
        settings.sftp_port,
        settings.sftp_operator,
        settings.keys / OPERATOR_KEY,
        settings.sftp_host_key or (settings.keys / f"{HOST_KEY}.pub").read_text(),
        window=settings.stability_seconds,
    )
