"""The statements of the impression: which codes follow from what was said of a side.

They follow from assessment, zone and deformity by the rows of the vocabulary; building a report
takes them from here, and rule R34 holds a report to them. No word of a statement is here.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from mriview import vocabulary


def statements(
    name: str, side: Mapping[str, Any], lesions: Iterable[Mapping[str, Any]], symptom: str | None
) -> list[str]:
    """Derive the statement codes of one side (R34).

    Parameters
    ----------
    name : str
        ``right`` or ``left``.
    side : mapping
        The side as in the report: assessment, contacts, offender.
    lesions : iterable of mapping
        The report's lesions.
    symptom : str or None
        The side of the spasm where it is known.

    Returns
    -------
    list of str
        One code of the side's assessment, then those that stand beside it.
    """
    accepted = [
        x
        for x in side["contacts"]
        if x["decision"] == "accepted"
        and x["touching"] == "yes"
        and vocabulary.nerves()[x["nerve"]].assessed
    ]
    offender = [x for x in accepted if x["id"] == side["offender"]] or accepted
    proximal = [x for x in offender if x["zone"] == "proximal"]
    zone = "proximal" if proximal else "distal"
    rows = vocabulary.morphologies()
    deformed = any(rows[m].deformity for x in proximal for m in x["morphology"])
    codes = [
        row.id
        for row in vocabulary.statements().values()
        if row.assessment == side["assessment"]
        and row.zone in {None, zone}
        and row.deformity in {None, deformed}
    ][:1]
    if any(x["side"] == name and x["contacts_nerve"] for x in lesions):
        codes.append("other_cause")
    if side["assessment"] == "contact" and symptom in {"right", "left"} and symptom != name:
        codes.append("side_mismatch")
    return codes
