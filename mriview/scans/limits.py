"""How much a scan may ask of this computer: every limit on files, headers and voxels, in one value.

A limit is asked before memory is taken, and what goes beyond it is refused with the number found.
The defaults hold a hospital's largest studies; a site sets another one by an environment variable
``MRIVIEW_LIMIT_<FIELD>``. What else can be wrong with a file, its reader says.
"""

import os
import re
from dataclasses import dataclass, fields
from functools import cache

from mriview.errors import UsageError
from mriview.values import problem

PREFIX = "MRIVIEW_LIMIT_"
MIB = 2**20

_WHOLE = re.compile(r"0*[1-9][0-9]{0,17}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers beyond which something is refused.

    Parameters
    ----------
    files : int
        Files below one path; a hospital's day is a tenth of it.
    folder_depth : int
        Nested folders; deeper is a loop of mounts.
    header_bytes : int
        Of one header; vendor blobs of 100 kB are usual.
    header_elements : int
        Elements and sequence items of one header; 12,000 frames of 140 each are 1,700,000. Where
        pydicom reads it, which takes longer, an eighth of it.
    frame_bytes : int
        One decoded image; 8192 x 8192 x 32 bit.
    voxel_bytes : int
        Voxels of one series in memory; 512 x 512 x 512 x 8 bytes are half of it.
    content_bytes : int
        What one compressed file or one member of an archive may hold.
    archive_members : int
        Files in one archive; an exam of classic images with time points has 20,000.
    archive_bytes : int
        What one archive may hold in all.
    expansion : int
        Inflated or decoded bytes for each compressed one; lossless MR stays below 10.
    expansion_free_bytes : int
        Up to here no ratio is asked: an empty image is legal, and small.
    """

    files: int = 2_000_000
    folder_depth: int = 64
    header_bytes: int = 64 * MIB
    header_elements: int = 2_000_000
    frame_bytes: int = 256 * MIB
    voxel_bytes: int = 2048 * MIB
    content_bytes: int = 512 * MIB
    archive_members: int = 50_000
    archive_bytes: int = 16_384 * MIB
    expansion: int = 200
    expansion_free_bytes: int = 64 * MIB


@cache
def limits() -> Limits:
    """Give the limits of this process, as the environment sets them when they are first asked for.

    Raises
    ------
    UsageError
        A variable holds no positive whole number, or names no limit (``limit_invalid``).
    """
    known = {field.name for field in fields(Limits)}
    given = {}
    for variable in sorted(os.environ):
        if not variable.startswith(PREFIX):
            continue
        name, text = variable[len(PREFIX) :].lower(), os.environ[variable]
        if name not in known:
            found = "a variable of the environment sets a limit that does not exist"
            remedy = f"Correct its name: known are {', '.join(sorted(known))}, behind {PREFIX}"
            raise UsageError("limit_invalid", found, remedy)
        if not _WHOLE.fullmatch(text):
            found = f"{variable} is no positive whole number of at most 18 digits"
            raise UsageError("limit_invalid", found, "Correct the variable or unset it")
        given[name] = int(text)
    return Limits(**given)


def expands_too_much(inflated: int, compressed: int) -> bool:
    """Whether so few bytes can only be a bomb or a lie.

    Examples
    --------
    >>> expands_too_much(36 * MIB, 18 * MIB), expands_too_much(1024 * MIB, MIB)
    (False, True)
    """
    most = limits().expansion * max(compressed, 1)
    return inflated > limits().expansion_free_bytes and inflated > most


def check_expansion(inflated: int, compressed: int) -> None:
    """Refuse what would grow beyond all measure.

    Raises
    ------
    ScanError
        ``expands_too_much``.
    """
    if expands_too_much(inflated, compressed):
        evidence = {"mib": inflated // MIB, "kib": max(compressed // 1024, 1)}
        raise problem("expands_too_much", None, files=1, **evidence).as_error()


def check_content(inflated: int, compressed: int) -> None:
    """Refuse a compressed file that grows beyond its limits.

    Raises
    ------
    ScanError
        ``expands_too_much`` or ``content_too_large``.
    """
    check_expansion(inflated, compressed)
    if inflated > (most := limits().content_bytes):
        raise problem("content_too_large", None, files=1, limit_mib=most // MIB).as_error()
