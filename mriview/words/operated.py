"""What an earlier operation means for the words: on which side it was, and what it left where.

A finding that only an operation explains stands on the operated side alone, and the conclusion of
that side begins with the operation. Findings themselves are said by ``causes`` and ``sides``.
"""

from collections.abc import Iterator

from mriview import vocabulary
from mriview.geometry import nearest
from mriview.report import Report
from mriview.report.model_causes import Implant
from mriview.report.model_reading import Treatment
from mriview.report.model_sides import SidePart
from mriview.words.language import Language, capital, label, number, phrase
from mriview.words.said import Said

AT_NERVE_MM = 5.0  # of the path; what lies farther away gets no place along the nerve; proposed
NERVE = "facial"


def operated_sides(report: Report) -> frozenset[str]:
    """Give the sides that were operated, by what was left there and by the history.

    Returns
    -------
    frozenset of str
        Of ``right`` and ``left``; empty where no operation is known, or none with its side.
    """
    said = {one.side for one in report.implants or ()}
    said |= {one.side for one in _operations(report)}
    both = {"right", "left"}
    return frozenset(both if {"bilateral", "midline"} & said else both & said)


def follows_operation(condition: str) -> bool:
    """Whether a condition is asked only of those who were operated.

    Examples
    --------
    >>> follows_operation("teflon_granuloma"), follows_operation("meningioma")
    (True, False)
    """
    row = vocabulary.conditions().get(condition)
    return row is not None and bool(row.mandatory_when) and set(row.mandatory_when) <= _kinds()


def operated_sentence(
    report: Report, part: SidePart, side: str, language: Language
) -> tuple[Said, ...]:
    """Say that a side was operated: how, when and with which effect, and where the implant lies.

    Parameters
    ----------
    report : Report
    part : SidePart
        Of that side, with the path of its nerve.
    side : {"right", "left"}
    language : {"en", "de"}

    Returns
    -------
    tuple of Said
        One sentence, or none where nothing speaks for an operation of that side.
    """
    here = {side, "bilateral", "midline"}
    done = [_treatment(one, language) for one in _operations(report) if one.side in here]
    left = [one for one in report.implants or () if one.side in here]
    said = [*done, *(implant_text(one, part, language) for one in left)]
    if said:
        text = f"{capital(phrase('operated', language))}: {'; '.join(said)}."
        first = left[0] if left else None
        place = (first.position, f"implant-{first.id}") if first else (None, "clinical")
        return (Said(text, (), *place),)
    if report.clinical.previous_mvd and not operated_sides(report):
        return (Said(phrase("operated_somewhere", language), (), None, "clinical"),)
    return ()


def implant_text(one: Implant, part: SidePart, language: Language) -> str:
    """Name an implant; at the nerve with its place along it, in whole millimetres of a click."""
    name, nerve = label(vocabulary.implants(), one.kind, language), part.nerves.get(NERVE)
    found = None if nerve is None else nearest(nerve.path_mm, one.position)
    if found is None or found.distance_mm > AT_NERVE_MM:
        return capital(name)
    at = phrase("at_the_nerve", language, mm=number(found.s_mm, 0, language))
    return f"{capital(name)} {at}"


def _kinds() -> frozenset[str]:
    """Give what makes somebody operated: the rows that ask for what an operation leaves."""
    rows = vocabulary.conditions().values()
    return frozenset(kind for row in rows if row.implants_show for kind in row.mandatory_when)


def _operations(report: Report) -> Iterator[Treatment]:
    yield from (one for one in report.clinical.treatments if one.kind in _kinds())


def _treatment(one: Treatment, language: Language) -> str:
    words = [label(vocabulary.treatments(), one.kind, language)]
    if one.months_ago is not None:
        words.append(phrase("months_ago", language, count=number(one.months_ago, 0, language)))
    if one.effect is not None:
        effect = label(vocabulary.treatment_effects(), one.effect, language)
        words.append(f"{phrase('effect', language)}: {effect}")
    return ", ".join(words)
