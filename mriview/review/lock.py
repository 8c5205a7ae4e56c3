"""The lock of the operating system on a file, which ends with the process, however that ends.

Who may not write beside another asks for it: a review, a run over an archive. What they say to who
comes second is theirs.
"""

import os
from pathlib import Path
from typing import IO


def take_lock(path: Path) -> IO[bytes]:
    """Take the lock of a file, which is made where it is absent; it is held until it is closed.

    Raises
    ------
    BlockingIOError
        Another program holds it.
    OSError
        The file cannot be made.
    """
    file = path.open("ab")
    try:
        if os.name == "nt":  # pragma: no cover  (Windows only)
            import msvcrt

            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # not on POSIX
            except OSError as error:
                raise BlockingIOError from error
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _check_there(file, path)
    except BaseException:
        file.close()
        raise
    return file


def _check_there(file: IO[bytes], path: Path) -> None:
    """Refuse the lock of a file that was removed with its folder meanwhile."""
    if not os.path.samestat(os.fstat(file.fileno()), path.stat()):
        raise BlockingIOError
