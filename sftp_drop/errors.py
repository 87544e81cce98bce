"""What can go wrong at the drop, sorted by what the caller should do: wait and try again, or call somebody."""


class DropError(Exception):
    """Anything the drop refuses or fails to do; the message is one readable sentence."""


class Transient(DropError):
    """Trying the same again later may succeed."""


class Permanent(DropError):
    """Trying again cannot help until somebody changes a key, a right or a name."""


class Unreachable(Transient):
    """No connection, or it broke and a second one broke too."""


class Changed(Transient):
    """The file is not the one that was found: it grew, was replaced or went away. Scan again."""


class NoRoom(Transient):
    """The account's home takes no more bytes: quota or disk full, until somebody fetches and deletes."""


class ServerFailed(Transient):
    """The server answered "failure" without saying more."""


class HostKeyRefused(Permanent):
    """The server does not show the host key that was pinned."""


class KeyRefused(Permanent):
    """The server does not accept our user and key, or the private key cannot be read."""


class NotAllowed(Permanent):
    """The server denies this operation to us, or the folder does not exist."""


class BadName(Permanent, ValueError):
    """Not fit to be a file name, even encoded."""


class BadKey(Permanent, ValueError):
    """Not a public key we accept (ed25519, ecdsa, or rsa of 2048 bits and more)."""
