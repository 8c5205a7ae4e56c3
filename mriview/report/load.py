"""Reading a report back, strictly: shape, version, numbers; then the rules.

``load_report`` refuses what is not exactly a report of a version that this program knows;
``findings_in`` says everything that is wrong, each with the rule and the JSON path, for
``mriview validate``. What is wrong with the shape is told by the rules R01, R02 and R04.
"""

import json
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mriview.errors import GeometryError, InputError, InvalidReportError
from mriview.report.model import FORMAT, FORMAT_VERSION, KNOWN_VERSIONS
from mriview.report.model_values import Part
from mriview.report.report import Report
from mriview.report.rules import Finding
from mriview.values.strict_json import read_json

VERSION = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){1,3}")


def load_report(path: str | Path) -> Report:
    """Read a report of this version.

    Parameters
    ----------
    path : path
        A ``report.json``.

    Raises
    ------
    InputError
        The file is absent or no JSON.
    InvalidReportError
        It has not the shape of a report of this version; the first finding is said. The rules
        about what keys say to each other are asked with ``report.check()``.
    """
    data, found, report = _shaped(Path(path))
    if report is None:
        first = found[0]
        more = f" ({len(found)} findings)" if len(found) > 1 else ""
        remedy = "Update mriview" if _is_newer(data) else "Run mriview validate for all findings"
        evidence = {"rule": first.rule, "findings": len(found)}
        words = f"{first.rule} at {first.path}: {first.message}{more}"
        raise InvalidReportError("report_invalid", words, remedy, evidence, first.path)
    return report


def findings_in(path: str | Path) -> list[Finding]:
    """Say everything that is wrong with a report file.

    Returns
    -------
    list of Finding
        Of its shape or, where that is right, of the rules.

    Raises
    ------
    InputError
        The file is absent or no JSON.
    """
    _, found, report = _shaped(Path(path))
    return found if report is None else findings_of(report)


def findings_of(report: Report) -> list[Finding]:
    """Ask the rules of a report that was read; a place that geometry refuses is a finding, too."""
    try:
        return report.check()
    except GeometryError as error:
        return [Finding("R02", "error", error.where or "$", error.found)]


def shape_findings(data: object) -> list[Finding]:
    """Compare JSON data with the model; each difference names its rule and path."""
    return _compared(data)[0]


def _compared(data: object) -> tuple[list[Finding], Report | None]:
    """Give what differs from the model or, where nothing does, the report."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        return [Finding("R01", "error", "$.format", f"this is no {FORMAT}")], None
    if _is_newer(data) or data.get("format_version") not in KNOWN_VERSIONS:
        sentence = f"version {FORMAT_VERSION} is the newest known here; update mriview"
        return [Finding("R01", "error", "$.format_version", sentence)], None
    infinite = [Finding("R02", "error", path, "not a finite number") for path in _infinite(data)]
    if infinite:
        return infinite, None
    try:
        report = Report.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        return [_finding(item, data) for item in error.errors(include_url=False)], None
    if report.format_version == FORMAT_VERSION:
        return [], report
    sentence = f"an unknown key in version {report.format_version}"
    added = [Finding("R01", "error", path, sentence) for path in _added_since(report)]
    return added, None if added else report


def _added_since(value: object, path: str = "$") -> Iterable[str]:
    """Name the keys that version 1.0 has not: those with a default in the model."""
    if isinstance(value, Part):
        for name, field in type(value).model_fields.items():
            if name in value.model_fields_set:
                if not field.is_required():
                    yield f"{path}.{name}"
                yield from _added_since(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _added_since(item, f"{path}.{key}")
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _added_since(item, f"{path}[{number}]")


def _shaped(path: Path) -> tuple[Any, list[Finding], Report | None]:
    """Read a file and compare it with the model; keys that are given twice come first."""
    try:
        data, twice = read_json(path.read_bytes())
    except (OSError, ValueError) as error:
        found = "the report is absent, no JSON, or nested without end"
        raise InputError("report_unreadable", found, "Name a report.json") from error
    repeated = [Finding("R01", "error", place, "the key is given twice") for place in twice]
    return data, *((repeated, None) if repeated else _compared(data))


def _is_newer(data: object) -> bool:
    version = data.get("format_version") if isinstance(data, dict) else None
    if not isinstance(version, str) or not VERSION.fullmatch(version):
        return False
    known = tuple(int(part) for part in FORMAT_VERSION.split("."))
    return tuple(int(part) for part in version.split(".")) > known


def _infinite(value: object, path: str = "$") -> Iterable[str]:
    if isinstance(value, float) and not math.isfinite(value):
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _infinite(item, f"{path}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _infinite(item, f"{path}[{number}]")


def _finding(error: Any, data: object) -> Finding:
    path = _path(error["loc"], data)
    quantity = bool({"interval", "estimate", "withheld"} & set(error["loc"]))
    if error["type"] == "extra_forbidden" and not quantity:
        return Finding("R01", "error", path, "an unknown key")
    number = error["type"].startswith(("float", "int", "finite", "greater", "less", "no_space"))
    word = error["type"] in {"literal_error", "unknown_row", "site_row_missing"}
    side = path in {"$.sides", "$.sides.right", "$.sides.left"}
    rule = "R02" if number or quantity else "R04" if word or side else "R01"
    message = error["msg"][:1].lower() + error["msg"][1:]
    return Finding(rule, "error", path, message)


def _path(loc: Sequence[int | str], data: object) -> str:
    """Turn the place of a model error into a JSON path; names of union members are left out."""
    path, here = "$", data
    for place, part in enumerate(loc):
        if isinstance(here, list) and isinstance(part, int):
            path, here = f"{path}[{part}]", here[part] if part < len(here) else None
        elif isinstance(here, dict) and (part in here or place == len(loc) - 1):
            path, here = f"{path}.{part}", here.get(part)
    return path
