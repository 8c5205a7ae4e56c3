"""What free text may not say: a name or a UID, a claim, a side that has nothing.

Predicates over the sentences that a reader types; guards refuse by them and report rules find by
them. The words are those of the domain page, section 8; no meaning is guessed beyond them.
"""

import re
from collections.abc import Iterator

from mriview.vocabulary.claims import CLAIMS

# A DICOM UID has many parts; a version or a size has fewer. A person's name has carets.
UID = re.compile(r"(?<![\d.])[0-2](?:\.\d+){5,}(?![\d.])")
PERSON = re.compile(r"\w\^+\w")
CLAUSES = re.compile(r"[.;,\n]")
SIDE_WORDS = {
    "right": re.compile(r"\b(right|rechts|rechte[nrsm]?)\b", re.IGNORECASE),
    "left": re.compile(r"\b(left|links|linke[nrsm]?)\b", re.IGNORECASE),
}
TOUCH_WORDS = re.compile(
    r"\b(contacts?|touch\w*|compress\w*|deform\w*|kontakte?|berühr\w*|komprimier\w*|verform\w*)\b",
    re.IGNORECASE,
)
NEGATIONS = re.compile(r"\b(no|not|without|never|kein\w*|nicht|ohne)\b", re.IGNORECASE)


# "Enhancement cannot be judged" and "no contrast agent was given" claim nothing.
ENHANCEMENT = re.compile(
    r"\b(enhanc\w*|\w*anreicher\w*|kontrastmittelaufnahme\w*|km-aufnahme\w*)\b", re.IGNORECASE
)
UNKNOWABLE = re.compile(
    r"\b(can ?not|could not|not (?:be )?(?:judged|assess\w+)|nicht (?:zu )?beurteil\w*)\b",
    re.IGNORECASE,
)


def names_somebody(text: str) -> bool:
    """Whether a text holds what identifies a patient or a study: a UID, or a name with carets.

    Examples
    --------
    >>> names_somebody("see 1.2.840.113619.2.5.1762"), names_somebody("gap 1.2 mm, version 1.0.3")
    (True, False)
    """
    return bool(UID.search(text) or PERSON.search(text))


def claims(text: str) -> tuple[str, ...]:
    """Give the words of a text that claim more than scans can show.

    Examples
    --------
    >>> claims("Right side normal, tumour ruled out.")
    ('normal', 'ruled out')
    """
    return tuple(found.group(0).lower() for found in CLAIMS.finditer(text))


def tells_of_enhancement(text: str) -> bool:
    """Whether a clause says of something that it takes up contrast agent, or does not.

    Examples
    --------
    >>> tells_of_enhancement("No enhancing mass."), tells_of_enhancement("Enhancement: not judged.")
    (True, False)
    """
    return any(
        ENHANCEMENT.search(clause) and not UNKNOWABLE.search(clause)
        for clause in CLAUSES.split(text)
    )


def sides_said_to_touch(text: str) -> Iterator[str]:
    """Give the sides of which a clause says, without a negation, that a vessel touches.

    Examples
    --------
    >>> list(sides_said_to_touch("AICA touches the nerve on the left, no contact on the right."))
    ['left']
    """
    for clause in CLAUSES.split(text):
        said = [side for side, words in SIDE_WORDS.items() if words.search(clause)]
        if len(said) == 1 and TOUCH_WORDS.search(clause) and not NEGATIONS.search(clause):
            yield said[0]
