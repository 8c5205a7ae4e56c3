"""From the bytes of a site's file to its rows: TOML, prefix, tables, keys, ids; all or nothing.

What the values of a row must be is asked of ``site_laws``; where the file lies only ``site`` knows.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from mriview.vocabulary.rows import Condition, Morphology, Vessel
from mriview.vocabulary.rows_context import SeverityScale, Term
from mriview.vocabulary.site_faults import invalid, unreadable
from mriview.vocabulary.site_laws import broken_laws
from mriview.vocabulary.toml_rows import HasId, RowError, read_table, row_from

# Tables in which a row needs no Python: what the house does with a row stands in its keys.
EXTENDABLE: dict[str, type[HasId]] = {
    "vessels": Vessel,
    "conditions": Condition,
    "morphologies": Morphology,
    "severity_scales": SeverityScale,
    "symptoms": Term,
    "emg_findings": Term,
    "treatments": Term,
    "implants": Term,
    "quality_findings": Term,
    "anatomy_items": Term,
    "lesion_extents": Term,
    "recommendations": Term,
}
PREFIX = re.compile(r"[a-z][a-z0-9]{2,11}", re.ASCII)
LONGEST_ID = 48
LONGEST_LINE = 4000  # the longest built-in one has 315; a dotted key costs the square of its parts
ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)
PLACE = re.compile(r"\(at (line \d+, column \d+|end of document)\)")


@dataclass(frozen=True, slots=True)
class SiteVocabulary:
    """What a site adds: the prefix of its ids, and its rows by table and id."""

    prefix: str
    rows: Mapping[str, Mapping[str, Any]]

    def as_json(self) -> dict[str, object]:
        """Give every added row, for the digest of the settings that a report was made with."""
        tables = {
            name: [asdict(row) for row in table.values()] for name, table in self.rows.items()
        }
        return {"prefix": self.prefix, "rows": tables}


def site_vocabulary_from(content: bytes) -> SiteVocabulary:
    """Read a site's vocabulary.

    Parameters
    ----------
    content : bytes
        A TOML file: ``prefix``, and an array of tables for each table that it extends.

    Raises
    ------
    InputError
        ``site_vocabulary_unreadable``, or ``site_vocabulary_invalid`` with the table and the number
        of the row, from 1.

    Examples
    --------
    >>> text = '''
    ... prefix = "ukx"
    ... [[symptoms]]
    ... id = "ukx_ear_click"
    ... label = { en = "clicking in the ear", de = "Klicken im Ohr" }
    ... '''
    >>> site_vocabulary_from(text.encode()).rows["symptoms"]["ukx_ear_click"].label.de
    'Klicken im Ohr'
    """
    data = _parsed(content)
    prefix = _prefix(data.pop("prefix", None))
    rows = {name: _table(name, raw, prefix) for name, raw in data.items()}
    built_in = {name: read_table(name, row) for name, row in EXTENDABLE.items()}
    for fault in broken_laws(rows, built_in):
        raise invalid(fault.place, fault.why, fault.remedy)
    return SiteVocabulary(prefix, MappingProxyType(rows))


@cache
def first_words() -> frozenset[str]:
    """Give the words with which built-in ids begin: none of them is the prefix of a site."""
    return frozenset(
        key.partition("_")[0] for name, row in EXTENDABLE.items() for key in read_table(name, row)
    )


def prefix_of(row_id: str) -> str | None:
    """Give the prefix of an id that no table has, where it can only be a site's.

    Examples
    --------
    >>> prefix_of("ukx_subarcuate_loop"), prefix_of("vein_of_nobody"), prefix_of("acia")
    ('ukx', None, None)
    """
    head, _, rest = row_id.partition("_")
    is_prefix = bool(rest and ID.fullmatch(row_id) and PREFIX.fullmatch(head))
    return head if is_prefix and head not in first_words() else None


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise unreadable("is no text in UTF-8") from None
    if max(map(len, text.split("\n"))) > LONGEST_LINE:
        why = f"has a line of more than {LONGEST_LINE} characters"
        raise unreadable(why)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # the latter: lists in lists
        place = PLACE.search(str(error))
        why = f"is no TOML ({place.group(1)})" if place else "is no TOML"
        raise unreadable(why) from None


def _prefix(value: object) -> str:
    if value is None:
        raise invalid("prefix", "the key is missing", 'Begin the file with prefix = "..."')
    if not isinstance(value, str) or not PREFIX.fullmatch(value):
        why = "is not 3 to 12 small letters and digits, a letter first"
        raise invalid("prefix", why, "Choose a short name of the site")
    if value in first_words():
        why = f"built-in ids begin with {value}"
        raise invalid("prefix", why, "Choose a name of the site that is no word of anatomy")
    return value


def _table(name: str, raw: object, prefix: str) -> Mapping[str, HasId]:
    row = EXTENDABLE.get(name)
    if row is None:
        raise _no_table(name)
    if not isinstance(raw, list):
        raise invalid(name, "is no array of tables", f"Begin each row with [[{name}]]")
    built_in, rows = read_table(name, row), dict[str, HasId]()
    for number, item in enumerate(raw, start=1):
        place = f"row {number} of {name}"
        try:
            made = row_from(item, row, "")
        except RowError as error:
            at = f"{place}, {error.place.lstrip('.')}" if error.place else place
            raise invalid(at, error.why, "Write it as the built-in rows are written") from None
        _check_id(place, made.id, prefix, built_in, rows)
        rows[made.id] = made
    return MappingProxyType(rows)


def _check_id(
    place: str,
    row_id: str,
    prefix: str,
    built_in: Mapping[str, object],
    rows: Mapping[str, object],
) -> None:
    if row_id in built_in:
        why = f"{row_id} stands in the built-in table"
        raise invalid(place, why, f"Give it an id that begins with {prefix}_")
    if not ID.fullmatch(row_id) or len(row_id) > LONGEST_ID:
        why = f"the id is not small letters, digits and single _, at most {LONGEST_ID}"
        raise invalid(place, why, f"Give it an id such as {prefix}_word")
    if not row_id.startswith(f"{prefix}_"):
        why = f"the id {row_id} does not begin with {prefix}_"
        raise invalid(place, why, "Put the prefix before it")
    if row_id in rows:
        first = list(rows).index(row_id) + 1
        why = f"the id {row_id} is that of row {first}, too"
        raise invalid(place, why, "Give each row an id of its own")


def _no_table(name: str) -> Exception:
    remedy = f"Keep to {', '.join(EXTENDABLE)}"
    if not ID.fullmatch(name) or len(name) > LONGEST_ID:
        return invalid("a key", "names no table of the vocabulary", remedy)
    if files("mriview.vocabulary").joinpath("tables", f"{name}.toml").is_file():
        return invalid(name, "rows of this table need Python or a rule of their own", remedy)
    return invalid(name, "is no table of the vocabulary", remedy)
