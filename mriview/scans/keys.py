"""Keys of studies and series: short digests that do not depend on paths, names or order.

Without a secret a key is a pseudonym that anyone who knows the identifiers can compute again; with
one it is not. What belongs to one study is decided in ``opening``; here identifiers only become
keys.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence

STUDY_HEX = 16  # contract, section 1
SERIES_HEX = 8
FRAME_HEX = 16
_SEPARATOR = "\0"  # stands in no identifier


def study_key(identifiers: Iterable[str], secret: bytes | None = None) -> str:
    """Key of a study.

    Parameters
    ----------
    identifiers : iterable of str
        The StudyInstanceUID, and the PatientID where two patients share it; for NIfTI the digests
        of all files, in any order.
    secret : bytes, optional
        Makes the key one that only its holder can compute.

    Returns
    -------
    str
        16 hex.

    Examples
    --------
    >>> study_key(["1.2.3"])
    'c47f5b18b8a430e6'
    >>> study_key(["1.2.3"], secret=b"of this hospital") == study_key(["1.2.3"])
    False
    """
    return _digest(_SEPARATOR.join(identifiers), secret)[:STUDY_HEX]


def series_key(identifier: str, secret: bytes | None = None, part: int | None = None) -> str:
    """Key of a series, or of one part of a series that was split.

    Parameters
    ----------
    identifier : str
        The SeriesInstanceUID, or the digest of a NIfTI file.
    secret : bytes, optional
        Makes the key one that only its holder can compute.
    part : int, optional
        Number of the part, from 1.

    Returns
    -------
    str
        8 hex, and ``.n`` for a part.

    Examples
    --------
    >>> series_key("1.2.3.4"), series_key("1.2.3.4", part=2)
    ('6694f83c', '6694f83c.2')
    """
    key = _digest(identifier, secret)[:SERIES_HEX]
    return key if part is None else f"{key}.{part}"


def frame_key(identifier: str, secret: bytes | None = None) -> str | None:
    """Digest of a frame of reference; None where there is none, which forbids aligning by it."""
    return _digest(f"frame{_SEPARATOR}{identifier}", secret)[:FRAME_HEX] if identifier else None


def numbered(keys: Iterable[str], before: Sequence[str | None] = ()) -> list[str]:
    """Give equal keys the suffixes -2, -3, in the order in which they come.

    Parameters
    ----------
    keys : iterable of str
        Keys without numbers.
    before : sequence of (str or None), optional
        What each of them was called before; that name stays, unless two claim it.

    Examples
    --------
    >>> numbered(["a", "b", "a", "a"])
    ['a', 'b', 'a-2', 'a-3']
    >>> numbered(["a", "a", "a"], [None, "a", "a-2"])
    ['a-3', 'a', 'a-2']
    """
    listed = list(keys)
    told: list[str | None] = [None] * len(listed)
    taken: set[str] = set()
    for n, (key, name) in enumerate(zip(listed, before, strict=False)):
        if name is not None and unnumbered(name) == key and name not in taken:
            told[n] = name
            taken.add(name)
    numbers: dict[str, int] = {}
    for n, key in enumerate(listed):
        while told[n] is None:
            numbers[key] = number = numbers.get(key, 0) + 1
            name = key if number == 1 else f"{key}-{number}"
            if name not in taken:
                told[n] = name
    return [name for name in told if name is not None]


def unnumbered(key: str) -> str:
    """Give the key of a study without its number among equal ones, which is of one run only.

    Examples
    --------
    >>> unnumbered("c47f5b18b8a430e6-2"), unnumbered("c47f5b18b8a430e6")
    ('c47f5b18b8a430e6', 'c47f5b18b8a430e6')
    """
    return key.partition("-")[0]


def _digest(text: str, secret: bytes | None) -> str:
    data = text.encode("utf-8", "surrogateescape")
    if secret is None:
        return hashlib.sha256(data).hexdigest()
    return hmac.new(secret, data, hashlib.sha256).hexdigest()
