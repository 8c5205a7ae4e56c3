"""Known words of headers: what of an acquisition may be shown, because it can be no person's name.

Attributes that the standard calls coded hold whatever someone typed; only the words of
``coded.toml`` and finite numbers come through. Names of series and sequences, which are matched and
never shown, are not asked here.
"""

import math
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from mriview.vocabulary import physics

MODALITY = "modality"

_BETWEEN_PARTS = re.compile(r"[_ ]+")  # converters write SP_OSP where DICOM has two values


def known_words(row: str, text: str) -> str:
    r"""Keep the known words of a value, in DICOM's backslashed form.

    Parameters
    ----------
    row : str
        `MODALITY`, or the id of a physics row that holds a word.
    text : str
        As a header or a sidecar gives it.

    Examples
    --------
    >>> known_words("scan_options", "PFP\\FSA_GEMS\\MUELLER^HANS")
    'PFP\\FSA_GEMS'
    >>> known_words("sequence_variant", "SP_OSP"), known_words("modality", "MUELLER^HANS")
    ('SP\\OSP', '')
    """
    known = _table().get(row, frozenset())
    words: list[str] = []
    for word in text.upper().split("\\"):
        whole = word.strip()
        words += [whole] if whole in known else _BETWEEN_PARTS.split(whole)
    return "\\".join(word for word in words if word in known)


def known_physics(values: Mapping[str, float | str]) -> dict[str, float | str]:
    """Keep the finite numbers and the known words of the rows that the vocabulary has."""
    kept: dict[str, float | str] = {}
    for row, value in values.items():
        if row not in physics():
            continue
        if isinstance(value, str):
            if words := known_words(row, value):
                kept[row] = words
        elif math.isfinite(value):
            kept[row] = value
    return kept


@cache
def _table() -> Mapping[str, frozenset[str]]:
    raw = tomllib.loads((files("mriview.scans") / "coded.toml").read_text("utf-8"))
    return {row: frozenset(words) for row, words in raw.items()}
