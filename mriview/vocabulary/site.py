"""Rows that a site adds to the vocabulary by a TOML file of its own, read once.

The environment variable ``MRIVIEW_SITE_VOCABULARY`` names the file; without it nothing is read.
Here is where the rows come from and where they go; what a file may say stands in ``site_rows`` and
``site_laws``.
"""

import os
import stat
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from mriview.vocabulary.site_faults import VARIABLE, unreadable
from mriview.vocabulary.toml_rows import HasId, read_table

if TYPE_CHECKING:
    from mriview.vocabulary.site_rows import SiteVocabulary

LARGEST_BYTES = 256 * 1024  # all built-in tables together have half of it
MORE = f"has more than {LARGEST_BYTES // 1024} KiB"

R = TypeVar("R", bound=HasId)


def extended(name: str, row: type[R]) -> Mapping[str, R]:
    """Read a table that a site may extend; its own rows come last.

    Parameters
    ----------
    name : str
        Of the table.
    row : type
        Class of its rows.

    Raises
    ------
    InputError
        The site's file cannot be read, or one of its rows is refused.
    """
    rows, site = read_table(name, row), site_vocabulary()
    if site is None:
        return rows
    added = {key: one for key, one in site.rows.get(name, {}).items() if isinstance(one, row)}
    return MappingProxyType({**rows, **added})


@cache
def site_vocabulary() -> "SiteVocabulary | None":
    """Give what the site adds; None where the variable is not set, or empty.

    Raises
    ------
    InputError
        The file cannot be read (``site_vocabulary_unreadable``), or one of its rows is refused
        (``site_vocabulary_invalid``); then none of them counts.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return None
    from mriview.vocabulary.site_rows import site_vocabulary_from

    return site_vocabulary_from(_content(Path(path)))


def is_of_site(row_id: str) -> bool:
    """Whether a row of the tables was added by the site: by its prefix, which no other id has."""
    site = site_vocabulary()
    return site is not None and row_id.startswith(f"{site.prefix}_")


def with_site(urn: str) -> str:
    """Name a schema that lists row ids: one that lists a site's, too, is another schema.

    Examples
    --------
    >>> with_site("urn:mriview:report:1.1")  # no site's file is set here
    'urn:mriview:report:1.1'
    """
    site = site_vocabulary()
    return urn if site is None else f"{urn}:{site.prefix}"


def _content(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise unreadable("is no file")
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise unreadable("is not there") from None
    except (OSError, ValueError):
        raise unreadable("cannot be opened") from None
    if len(content) > LARGEST_BYTES:
        raise unreadable(MORE)
    return content
