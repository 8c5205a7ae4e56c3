"""What the rows of a site must keep: the laws that tests hold the built-in tables to.

Texts that can be printed and claim nothing, labels and codes that are told apart, references that
lead to rows, numbers that anatomy allows. Keys, types and ids were checked before, in
``site_rows``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from mriview.vocabulary.claims import CLAIMS
from mriview.vocabulary.rows import Code, Label
from mriview.vocabulary.site_faults import Fault
from mriview.vocabulary.site_references import reference_faults

Tables = Mapping[str, Mapping[str, Any]]

LONGEST_LABEL, LONGEST_TEXT = 120, 400
# PS3.16 section 8: schemes of the standard, and private ones, which begin with 99.
SCHEME = re.compile(r"SCT|DCM|RADLEX|NCIt|LN|FMA|UCUM|99[A-Z0-9_]{1,14}", re.ASCII)
OWN_SCHEME = "99MRIVIEW"
CODE_VALUE = re.compile(r"[A-Za-z0-9._/-]{1,16}", re.ASCII)  # SH of PS3.5, and no blanks
SNOMED = re.compile(r"[1-9][0-9]{5,15}", re.ASCII)
LONGEST_MEANING = 64  # LO of PS3.5


def broken_laws(rows: Tables, built_in: Tables) -> Iterator[Fault]:
    """Say what is wrong with the rows that a site adds, in the order of its file.

    Parameters
    ----------
    rows : mapping
        Rows of the site by table and id.
    built_in : mapping
        All tables that can be extended, as they are without them.
    """
    for name, table in rows.items():
        labels = {language: _labels(built_in[name], language) for language in ("en", "de")}
        for number, row in enumerate(table.values(), start=1):
            place = f"row {number} of {name}"
            yield from _texts(row, place)
            for language, known in labels.items():
                text = getattr(row.label, language).casefold()
                if text in known:
                    why = f"the label is that of {known[text]}, too"
                    yield Fault(f"{place}, label.{language}", why, "Use words that tell them apart")
                known[text] = row.id
    yield from _code_faults(rows, built_in)
    yield from reference_faults(rows, built_in)


def _labels(table: Mapping[str, Any], language: str) -> dict[str, str]:
    return {getattr(row.label, language).casefold(): row.id for row in table.values()}


def _texts(value: Any, place: str, *, is_label: bool = False) -> Iterator[Fault]:
    """Walk over every text of a row."""
    if is_dataclass(value):
        for field in fields(value):
            inner = getattr(value, field.name)
            if inner != field.default:
                at = f"{place}.{field.name}" if ", " in place else f"{place}, {field.name}"
                yield from _texts(inner, at, is_label=isinstance(value, Label))
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _texts(item, f"{place}[{number}]")
    elif isinstance(value, str):
        yield from _text_faults(value, place, is_label=is_label)


def _text_faults(text: str, place: str, *, is_label: bool) -> Iterator[Fault]:
    most = LONGEST_LABEL if is_label else LONGEST_TEXT
    if not text.strip() or text != text.strip():
        yield Fault(place, "is empty, or begins or ends with a blank", "Write the words alone")
    elif not text.isprintable():
        why = "holds a line break or a character that cannot be seen"
        yield Fault(place, why, "Write it in one line of letters")
    elif len(text) > most:
        yield Fault(place, f"has more than {most} characters", "Say it shorter")
    elif is_label and (claim := CLAIMS.search(text)):
        why = f"{claim.group(0).lower()!r} claims more than scans can show"
        yield Fault(place, why, "Say what is seen")


def _code_faults(rows: Tables, built_in: Tables) -> Iterator[Fault]:
    """Ask that a code is well formed, names one row of its table, means one thing everywhere."""
    meanings: dict[tuple[str, str], str] = {}
    taken: dict[str, set[tuple[str, str]]] = {}
    for name, table in built_in.items():
        found = [code for row in table.values() for _, code in _codes(row)]
        taken[name] = {(code.scheme, code.value) for code in found}
        meanings.update({(code.scheme, code.value): code.meaning for code in found})
    for name, table in rows.items():
        for number, row in enumerate(table.values(), start=1):
            for at, code in _codes(row):
                place, key = f"row {number} of {name}, {at}", (code.scheme, code.value)
                yield from _malformed(code, place)
                if key in taken[name]:
                    yield Fault(place, "another row of the table has it", "Give each row its own")
                taken[name].add(key)
                if meanings.setdefault(key, code.meaning) != code.meaning:
                    yield Fault(place, "it has another meaning elsewhere", "Use the same words")


def _codes(row: Any) -> Iterator[tuple[str, Code]]:
    if row.code is not None:
        yield "code", row.code
    for number, level in enumerate(getattr(row, "levels", ())):
        if level.code is not None:
            yield f"levels[{number}].code", level.code


def _malformed(code: Code, place: str) -> Iterable[Fault]:
    if code.scheme == OWN_SCHEME:
        why = f"{OWN_SCHEME} is the scheme of the built-in rows"
        return [Fault(f"{place}.scheme", why, "Use a scheme of the site, such as 99SITE")]
    if not SCHEME.fullmatch(code.scheme):
        why = "is no scheme of the standard, and no private one"
        return [Fault(f"{place}.scheme", why, "Use SCT, or a scheme of the site such as 99SITE")]
    form = SNOMED if code.scheme == "SCT" else CODE_VALUE
    if not form.fullmatch(code.value):
        kind = "6 to 16 digits" if form is SNOMED else "1 to 16 letters, digits and . _ / -"
        return [Fault(f"{place}.value", f"is not {kind}", "Copy it from its scheme")]
    if len(code.meaning) > LONGEST_MEANING or "\\" in code.meaning:
        why = f"has more than {LONGEST_MEANING} characters, or a backslash"
        return [Fault(f"{place}.meaning", why, "Say it shorter")]
    return ()
