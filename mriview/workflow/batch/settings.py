"""What a run is asked to do, as one frozen value that travels to every worker.

Settings that change what a row says are part of its digest, so that a run that goes on with others
is seen; how many work at once, and where, is not.
"""

import hashlib
import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from mriview import __version__
from mriview.report.build import settings_sha256
from mriview.scans import Trust
from mriview.scans.remembered import cache_folder

TIMEOUT_S = 600.0  # of one study; the largest of the corpus takes 2 s
MEMORY_SHARE = 0.8  # of this computer's memory, for all workers together
LEAST_MEMORY_BYTES = 2**30  # Python with the readers takes a quarter of it
SALT, SALT_BYTES = "salt", 32
SALTED = frozenset({"salt", "root", "cases", "reviews"})
GUESS = {"n": 2**14, "r": 8, "p": 1}  # scrypt (RFC 7914): what one guess at a secret costs


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """What a run is asked to do.

    Parameters
    ----------
    root : Path
        The archive.
    out : Path
        Folder of the tables.
    cases : tuple of str
        Globs below the root, each match opened by itself; empty for every study below it.
    reviews : Path, optional
        Folder with review folders: a study's readings become its reports.
    trust : str, optional
        Which matrix of a NIfTI file is trusted where its two disagree.
    headers_only : bool
        Whether voxels are left unread; what headers cannot show is then not known.
    secret : bytes, optional
        Makes keys that only its holder can compute.
    salt : bytes
        Keeps identifiers from being guessed by what a run keeps of folders.
    workers : int
        Processes; 0 reads in this one, for debugging.
    engine : str
        Where they run.
    timeout_s : float, optional
        Seconds that one study may take.
    memory_bytes : int, optional
        What one worker may take.
    resume : bool
        Whether to go on with the run that the folder holds.
    """

    root: Path
    out: Path
    cases: tuple[str, ...] = ()
    reviews: Path | None = None
    trust: Trust | None = None
    headers_only: bool = False
    secret: bytes | None = field(default=None, repr=False)
    salt: bytes = field(default=b"", repr=False)
    workers: int = 0
    engine: str = "local"
    timeout_s: float | None = TIMEOUT_S
    memory_bytes: int | None = None
    resume: bool = False

    def in_full(self) -> "BatchSettings":
        """Give its folders in full: a worker may stand in another one."""
        reviews = _absolute(self.reviews) if self.reviews else None
        return replace(
            self,
            root=_absolute(self.root),
            out=_absolute(self.out),
            reviews=reviews,
            salt=self.salt or own_salt(),
        )

    def asked(self) -> dict[str, object]:
        """Say what a run that goes on must be asked again, without a path or a secret.

        Names of folders may be names of people, which could be guessed: they are salted, and only
        the same user is asked for the same ones (`SALTED`).
        """
        return {
            "salt": self._salted(SALT),
            "root": self._salted(str(self.root.resolve())),
            "cases": self._salted(json.dumps(self.cases)),
            "reviews": self._salted(str(self.reviews.resolve())) if self.reviews else None,
            "trust": self.trust,
            "headers_only": self.headers_only,
            "secret": _slow_digest(self.secret) if self.secret else None,
        }

    def _salted(self, text: str) -> str:
        data = text.encode("utf-8", "surrogateescape")
        return hashlib.blake2b(data, digest_size=32, key=self.salt).hexdigest()

    def made_by(self) -> str:
        """Digest of what else decides what a row says: the software, its rows and its numbers."""
        return _digest(json.dumps([__version__, settings_sha256()]))


def own_salt() -> bytes:
    """Give the salt of this user on this computer, made once; it never lies beside the tables."""
    path = cache_folder() / SALT
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError), path.open("xb") as file:
            path.chmod(0o600)
            file.write(secrets.token_bytes(SALT_BYTES))
        salt = path.read_bytes()
    except OSError:
        salt = b""
    return salt if len(salt) == SALT_BYTES else secrets.token_bytes(SALT_BYTES)


def default_memory_bytes(workers: int) -> int | None:
    """Give each worker its share of the memory; None where the system does not say how much."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    return max(int(total * MEMORY_SHARE / max(workers, 1)), LEAST_MEMORY_BYTES)


def _absolute(path: Path) -> Path:
    """Give a path in full as the user knows it: links are not followed."""
    return Path(os.path.abspath(path))  # noqa: PTH100 (takes `..` out)


def _slow_digest(secret: bytes) -> str:
    return hashlib.scrypt(secret, salt=SALT.encode(), **GUESS).hex()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
