"""Which studies an archive holds, found folder by folder, so that every step can be done elsewhere.

``look_into`` reads the headers of some folders, in a process that a scan may kill, and says what
lies there: plain values with digests instead of identifiers, so that they can be kept. What makes a
study is decided in ``index``; how findings become studies that can be opened, in ``units``.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from mriview.scans.files import Listing, ScanFile
from mriview.scans.headers import Header, Plane, Trust, Whole, settled
from mriview.scans.index import (
    Session,
    companions_of,
    first_session,
    may_be_scan,
    read_all,
)
from mriview.scans.keys import study_key
from mriview.scans.remembered import remembered

DIGEST_BYTES = 16


class Part(NamedTuple):
    """What one folder holds of one study.

    Parameters
    ----------
    session, study, patient : str
        Digests of what tells studies apart; ``study`` and ``patient`` are ``""`` where nobody says.
    keys : (str, str)
        Key of the study, and its key where another patient has the same StudyInstanceUID.
    files : tuple of int
        Which files of the folder, by their place in its listing.
    series : tuple of str
        Digests of the series.
    content : tuple of str
        What the key is made of where there is no StudyInstanceUID.
    holds_scan : bool
        Whether any of it is an image, or may be one.
    may_be_kept : bool
        Whether no identifier stands in ``content``.
    """

    session: str
    study: str
    patient: str
    keys: tuple[str, str]
    files: tuple[int, ...]
    series: tuple[str, ...]
    content: tuple[str, ...]
    holds_scan: bool
    may_be_kept: bool = True

    def covered(self, salt: bytes) -> "Part":
        """Cover the second key so that only a holder of the salt can read it; twice uncovers it."""
        first, second = self.keys
        cover = int(digest_of(first, salt)[: len(second)], 16)
        return self._replace(keys=(first, f"{int(second, 16) ^ cover:0{len(second)}x}"))


class Finding(NamedTuple):
    """What one folder holds: parts of studies, and files of none.

    Parameters
    ----------
    state : str
        What the system says of its files; ``""`` where the folder could not be listed.
    parts : tuple of Part
        In the order of their first files.
    """

    state: str
    parts: tuple[Part, ...]

    def as_json(self, salt: bytes) -> list[Any] | None:
        """Give the finding as it may be kept; None where identifiers have a part in it.

        The key that tells patients of one study apart could be guessed by their numbers: it is
        covered with the salt.
        """
        if not all(part.may_be_kept for part in self.parts):
            return None
        return [self.state, [list(part.covered(salt)) for part in self.parts]]

    @classmethod
    def from_json(cls, kept: list[Any], salt: bytes) -> "Finding":
        """Read what `as_json` gave for this salt."""
        state, parts = kept
        told = (Part(*(_tupled(value) for value in part)) for part in parts)
        return cls(state, tuple(part.covered(salt) for part in told))


def look_into(
    listings: Sequence[Listing],
    trust: Trust | None = None,
    secret: bytes | None = None,
    salt: bytes = b"",
) -> tuple[Finding, ...]:
    """Read the headers of folders and say of which studies their files are.

    Parameters
    ----------
    listings : sequence of Listing
        The folders.
    trust : str, optional
        What is trusted where a file says two things of its place.
    secret : bytes, optional
        Makes keys that only its holder can compute.
    salt : bytes
        Makes digests from which nobody else can guess an identifier; needed where they are kept.

    Returns
    -------
    tuple of Finding
        One for each folder.
    """
    with remembered() as memory:
        found = []
        for listing in listings:
            read = (
                (file, [settled(one, trust) for one in said])
                for file, said in read_all([listing], memory)
            )
            found.append(_finding(listing, read, secret, salt))
        return tuple(found)


def _finding(
    listing: Listing,
    read: Iterable[tuple[ScanFile, list[Header]]],
    secret: bytes | None,
    salt: bytes,
) -> Finding:
    """Sort the files of one folder by study; companions go with the files they belong to."""
    places = {file: n for n, file in enumerate(listing.files)}
    sorted_: dict[Session, tuple[list[Header], set[int]]] = {}
    for file, headers in read:
        session = first_session(headers)
        if session is None:
            continue
        own, numbers = sorted_.setdefault(session, ([], set()))
        own += headers
        for one in (file, *companions_of(headers)):
            at = places.get(one._replace(member="") if one.member else one)
            if at is not None:
                numbers.add(at)
    parts = tuple(_part(session, *there, secret, salt) for session, there in sorted_.items())
    return Finding(listing.state.hex(), parts)


def _part(
    session: Session,
    headers: Sequence[Header],
    numbers: set[int],
    secret: bytes | None,
    salt: bytes,
) -> Part:
    study, patient, _ = session
    planes = [header for header in headers if isinstance(header, Plane)]
    content = [h.instance for h in planes]
    content += [h.owner.series for h in headers if isinstance(h, Whole)]
    return Part(
        session=session_digest(session, salt),
        study=digest_of(study, salt) if study else "",
        patient=digest_of(patient, salt) if patient else "",
        keys=(study_key([study], secret), study_key([study, patient], secret)),
        files=tuple(sorted(numbers)),
        series=tuple(sorted({digest_of(plane.owner.series, salt) for plane in planes})),
        content=() if study else tuple(content),
        holds_scan=any(may_be_scan(header) for header in headers),
        may_be_kept=bool(study) or not planes,
    )


def session_digest(session: Session, salt: bytes) -> str:
    """Tell studies apart without saying whose they are."""
    return digest_of("\0".join(session), salt)


def digest_of(text: str, salt: bytes) -> str:
    """Give a digest of an identifier, to be compared and never shown."""
    data = text.encode("utf-8", "surrogateescape")
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES, key=salt).hexdigest()


def _tupled(value: Any) -> Any:
    return tuple(_tupled(one) for one in value) if isinstance(value, list) else value
