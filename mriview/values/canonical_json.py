"""JSON as this program writes reports: the same value gives the same bytes, in every version.

The bytes are those of Python's own `json` with an indent of one, whose digests stand in signed
records. That is slow, and its compiled part knows no indents; the serializer of pydantic gives the
same bytes six times faster, but for some numbers, which are then left to Python.
"""

import json
import re

from pydantic_core import PydanticSerializationError, to_json

# What both write otherwise (1e-05 and 0.00001) or Python refuses; within a text it only costs time.
_OTHERWISE = (b"0.0000", b"NaN", b"Infinity")
_EXPONENT = re.compile(rb"e-?\d+,?(?:\n|\Z)")  # a number ends its line, a text its quotation


def canonical_json(value: object) -> str:
    """Give the one JSON of a value, with a newline at its end.

    Parameters
    ----------
    value : object
        Dicts with text keys, lists, texts, numbers, truth values and None.

    Raises
    ------
    ValueError
        A number is not finite.

    Examples
    --------
    >>> print(canonical_json({"mm": [1.5, 1e-05], "note": "größer"}), end="")
    {
     "mm": [
      1.5,
      1e-05
     ],
     "note": "größer"
    }
    """
    try:
        data = to_json(value, indent=1, inf_nan_mode="constants")
    except PydanticSerializationError:  # half a letter, which Python writes and files refuse
        data = None
    if data is not None and not _is_otherwise(data):
        return data.decode() + "\n"
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _is_otherwise(data: bytes) -> bool:
    return any(sign in data for sign in _OTHERWISE) or _EXPONENT.search(data) is not None
