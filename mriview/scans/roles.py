"""What a series is for: a first guess from physics, then names, with confidence and reasons. Pure.

Rules are rows of ``roles.toml``; here they are matched and weighed. Physics alone give at most 0.9,
names at most 0.6, a file name 0.4; both together 0.95, against each other 0.5 and a problem. A
reader overrules it in the review; nothing here ever changes a grid.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files

import numpy as np

from mriview.geometry import Grid
from mriview.scans.headers import Acquisition
from mriview.scans.volume import Role
from mriview.values import Problem, problem
from mriview.vocabulary import physics

MOST_BY_PHYSICS, MOST_BY_NAMES, MOST_BY_FILE_NAME = 0.9, 0.6, 0.4  # domain page, section 6
AGREEING, CONTRADICTING = 0.95, 0.5
DERIVED_LOWERS_BY, UNSUPPORTED_LOWERS_BY = 0.1, 0.1
LEAST_SLICES = 12
SYNTHETIC = "synthetic"  # how phantoms and scans with a computed mass name their series
MR = "MR"  # and what nobody says of a series: a NIfTI file without its sidecar
PLANES = ("SAGITTAL", "CORONAL", "AXIAL")  # by the axis of the patient that the slices lie across
OTHER = "other"  # stands for words that no rule knows, so that none become neighbours

_NOT_A_WORD = re.compile(r"[^a-z0-9+]+")
_DIMENSION = re.compile(r"([23]d)")  # makers write ci3d1, s3di: the dimension is a word of its own

Words = Mapping[str, Sequence[str]]
Ranges = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class PhysicsRule:
    """One row ``physics`` of ``roles.toml``."""

    role: str
    why: str
    confidence: float
    modality: Sequence[str] = (MR,)
    words: Words = field(default_factory=dict)
    never: Words = field(default_factory=dict)
    weakens: Words = field(default_factory=dict)
    ranges: Ranges = field(default_factory=dict)
    supports: Ranges = field(default_factory=dict)
    zero: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class NameRule:
    """One row ``name`` of ``roles.toml``."""

    role: str
    any: Sequence[str]
    veto: Sequence[str] = ()
    also: Sequence[str] = ()
    modality: Sequence[str] = (MR,)


@dataclass(frozen=True, slots=True)
class DoubtRule:
    """One row ``doubt`` of ``roles.toml``."""

    role: str
    contrast: str
    problem: str
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoleRules:
    """The whole table."""

    physics: tuple[PhysicsRule, ...]
    names: tuple[NameRule, ...]
    doubts: tuple[DoubtRule, ...]
    contrast_words: tuple[str, ...]
    contrast_vetoes: tuple[str, ...]
    no_agent: tuple[str, ...]
    derived: frozenset[str]
    said: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What rules are matched against: numbers, and sets of words."""

    numbers: Mapping[str, float]
    words: Mapping[str, frozenset[str]]
    text: str
    modality: str


@cache
def role_rules() -> RoleRules:
    """Read ``roles.toml``.

    Raises
    ------
    TypeError
        A row has a key that its class has not: a bug of ours.
    """
    raw = tomllib.loads((files("mriview.scans") / "roles.toml").read_text("utf-8"))
    names = [
        {("veto" if key == "not" else key): v for key, v in row.items()} for row in raw["name"]
    ]
    return RoleRules(
        physics=tuple(PhysicsRule(**row) for row in raw["physics"]),
        names=tuple(NameRule(**row) for row in names),
        doubts=tuple(DoubtRule(**row) for row in raw["doubt"]),
        contrast_words=tuple(raw["contrast"]["words"]),
        contrast_vetoes=tuple(raw["contrast"]["vetoes"]),
        no_agent=tuple(raw["contrast"]["no_agent"]),
        derived=frozenset(raw["excluded"]["derived"]),
        said=raw["said"],
    )


def role_of(
    acquisition: Acquisition, grid: Grid, time_points: int = 1
) -> tuple[Role, tuple[Problem, ...]]:
    """Guess what a volume is for.

    Parameters
    ----------
    acquisition : Acquisition
        Physics (ms, deg, mm) and names.
    grid : Grid
        Its shape and spacing.
    time_points : int
        1 for a 3-D volume.

    Returns
    -------
    Role
        ``unknown`` where nothing fits.
    tuple of Problem
        ``role_contradiction``, ``contrast_by_name``, ``tof_after_contrast``.

    Examples
    --------
    >>> import numpy as np
    >>> ciss = {"acquisition_type": "3D", "scanning_sequence": "GR", "tr_ms": 8.0, "te_ms": 3.8,
    ...         "flip_deg": 50.0}
    >>> thin = Grid((300, 300, 60), np.diag([0.5, 0.5, 0.6, 1]))
    >>> role, _ = role_of(Acquisition("MR", ciss, names=("t2_ciss_tra",)), thin)
    >>> role.id, role.confidence
    ('t2_cisternogram', 0.95)
    """
    slices = min(grid.shape)
    if slices < LEAST_SLICES:
        return Role("unknown", 0.0, (f"{slices} slices are too few to judge",)), ()
    facts = _facts(acquisition, grid, time_points)
    computed = sorted(role_rules().derived & set(acquisition.image_type[2:]))
    if computed:
        why = f"image type {computed[0]}: computed, not measured"
        return Role("derived", MOST_BY_PHYSICS, (why,)), ()
    by_physics = _by_physics(facts)
    by_name = _by_name(facts, file_name_only=acquisition.file_name_only)
    role, problems = _weighed(by_physics, by_name, facts)
    if role.id != "unknown" and acquisition.image_type[:2] == ("DERIVED", "SECONDARY"):
        lower = round(role.confidence - DERIVED_LOWERS_BY, 2)
        role = Role(role.id, lower, (*role.reasons, "a derived, secondary image"))
    return role, problems


def contrast_of(acquisition: Acquisition) -> str:
    """Say what speaks for a contrast agent: ``yes`` (the header), ``name`` (only a name), ``no``.

    Examples
    --------
    >>> contrast_of(Acquisition(contrast_agent="NONE, SYNTHETIC MASS"))
    'no'
    >>> contrast_of(Acquisition(contrast_agent="Gadovist 7.5 ml", names=("t1 post",)))
    'yes'
    >>> contrast_of(Acquisition(names=("t1 ohne km",)))
    'no'
    """
    rules = role_rules()
    agent, names = plain(acquisition.contrast_agent), plain(" ".join(acquisition.names))
    denied = any(_holds(agent, word) for word in rules.no_agent)
    denied = denied or acquisition.contrast_started is False  # copied from a protocol
    volume = (acquisition.contrast_volume_ml or 0) > 0
    if not denied and (agent.strip() or volume or acquisition.contrast_started):
        return "yes"
    if denied or any(_holds(names, word) for word in rules.contrast_vetoes):
        return "no"
    if acquisition.file_name_only:
        names = names.replace(" post ", " ")  # too common a word in file names
    return "name" if any(_holds(names, word) for word in rules.contrast_words) else "no"


def words_for_roles(acquisition: Acquisition) -> Acquisition:
    """Keep of names and agent only the words that rules know: what a person was called is none.

    Roles and contrast are the same afterwards.

    Examples
    --------
    >>> words_for_roles(Acquisition(names=("MUELLER t2 ciss",))).names
    ('other t2 ciss',)
    """
    names = _known_only(" ".join(acquisition.names))
    agent = _known_only(acquisition.contrast_agent)
    return replace(acquisition, names=(names,) if names else (), contrast_agent=agent)


def plain(text: str) -> str:
    """Lower case, single blanks, blanks at both ends, dimensions as words of their own.

    Examples
    --------
    >>> plain("*ci3d1_T2-TRA")
    ' ci 3d 1 t2 tra '
    """
    words = _NOT_A_WORD.sub(" ", _DIMENSION.sub(r" \1 ", text.lower()))
    return f" {' '.join(words.split())} "


def _known_only(text: str) -> str:
    known = _words_of_rules()
    return " ".join(word if word in known else OTHER for word in plain(text).split())


@cache
def _words_of_rules() -> frozenset[str]:
    rules = role_rules()
    phrases = [*rules.contrast_words, *rules.contrast_vetoes, *rules.no_agent, SYNTHETIC, "post"]
    for rule in rules.names:
        phrases += [*rule.any, *rule.veto]
    return frozenset(word for phrase in phrases for word in phrase.split())


def _facts(acquisition: Acquisition, grid: Grid, time_points: int) -> _Facts:
    numbers = {k: v for k, v in acquisition.physics.items() if isinstance(v, int | float)}
    words = {
        key: frozenset(re.split(r"[\\_ ]+", value.upper()))
        for key, value in acquisition.physics.items()
        if isinstance(value, str)
    }
    words["image_type"] = frozenset(acquisition.image_type)
    words["contrast"] = frozenset({contrast_of(acquisition)})
    words["plane"] = frozenset({PLANES[int(np.abs(grid.directions[:, 2]).argmax())]})
    i_mm, j_mm, k_mm = grid.spacing_mm
    numbers |= {
        "in_plane_mm": max(i_mm, j_mm),
        "slice_mm": k_mm,
        "slab_mm": k_mm * grid.shape[2],
        "time_points": float(time_points),
    }
    if numbers.get("tr_ms", 0) > 0 and "te_ms" in numbers:
        numbers["te_over_tr"] = numbers["te_ms"] / numbers["tr_ms"]
    text = plain(" ".join(acquisition.names))
    return _Facts(numbers, words, text, acquisition.modality or MR)


def _by_physics(facts: _Facts) -> Role | None:
    found = [_matched(rule, facts) for rule in role_rules().physics if _fits(rule, facts)]
    return max(found, key=lambda role: role.confidence) if found else None


def _fits(rule: PhysicsRule, facts: _Facts) -> bool:
    return (
        facts.modality in rule.modality
        and all(_meets(facts, key, words) for key, words in rule.words.items())
        and not any(_meets(facts, key, words) for key, words in rule.never.items())
        and all(_inside(facts, key, ends) for key, ends in rule.ranges.items())
        and all(facts.numbers.get(key, 0) == 0 for key in rule.zero)
    )


def _matched(rule: PhysicsRule, facts: _Facts) -> Role:
    said = [_said(key, facts) for key in rule.ranges]
    reasons = [f"physics: {rule.why} ({', '.join(said)})" if said else f"physics: {rule.why}"]
    confidence = min(rule.confidence, MOST_BY_PHYSICS)
    for key, ends in rule.supports.items():
        if key in facts.numbers and not _inside(facts, key, ends):
            confidence -= UNSUPPORTED_LOWERS_BY
            reasons.append(f"{_said(key, facts)} is unusual for it")
    for key, words in rule.weakens.items():
        if _meets(facts, key, words):
            confidence -= UNSUPPORTED_LOWERS_BY
            reasons.append(f"{physics()[key].label.en} {words[0]} speaks against it")
    return Role(rule.role, round(confidence, 2), tuple(reasons))


def _said(key: str, facts: _Facts) -> str:
    """Say a number as a reader does: echo time 3.9 ms."""
    number, row = f"{facts.numbers[key]:.4g}", physics().get(key)
    if row is not None:
        unit = row.unit if row.unit != "1" else None
        return " ".join(filter(None, (row.label.en, number, unit)))
    return f"{role_rules().said[key]} {number}{' mm' if key.endswith('_mm') else ''}"


def _by_name(facts: _Facts, *, file_name_only: bool) -> tuple[Role, NameRule] | None:
    of_modality = (rule for rule in role_rules().names if facts.modality in rule.modality)
    for rule in of_modality:
        word = next((entry for entry in rule.any if _holds_all(facts.text, entry)), None)
        if word is None or any(_holds(facts.text, veto) for veto in rule.veto):
            continue
        role = rule.role
        if role == "t1_pre" and facts.words["contrast"] != {"no"}:
            role = "t1_post"
        most = MOST_BY_FILE_NAME if file_name_only else MOST_BY_NAMES
        where = "file name" if file_name_only else "name"
        return Role(role, most, (f"{where}: {word}",)), rule
    return None


def _weighed(
    by_physics: Role | None, by_name: tuple[Role, NameRule] | None, facts: _Facts
) -> tuple[Role, tuple[Problem, ...]]:
    nothing = Role("unknown", 0.0, ("neither physics nor names fit a role",))
    role = by_physics or (by_name[0] if by_name else nothing)
    problems = _doubts(role, facts)
    if by_physics is None or by_name is None:
        return role, problems
    named, rule = by_name
    reasons = (*by_physics.reasons, *named.reasons)
    vetoed = _contrast_vetoed(facts)
    if by_physics.id == "t1_post" and vetoed:
        named = Role("t1_pre", named.confidence, named.reasons)
    elif named.id == by_physics.id:
        by_name_only = any(one.code == "contrast_by_name" for one in problems)
        most = by_physics.confidence if by_name_only else max(AGREEING, by_physics.confidence)
        return Role(by_physics.id, most, reasons), problems
    elif by_physics.id in rule.also:
        return Role(by_physics.id, by_physics.confidence, reasons), problems
    said = problem("role_contradiction", by_physics=by_physics.id, by_name=named.id)
    return Role(by_physics.id, CONTRADICTING, reasons), (*problems, said)


def _doubts(role: Role, facts: _Facts) -> tuple[Problem, ...]:
    """Say what a contrast agent, or only the word for one, makes doubtful about a role."""
    return tuple(
        problem(rule.problem, **rule.evidence)
        for rule in role_rules().doubts
        if rule.role == role.id and facts.words["contrast"] == {rule.contrast}
    )


def _contrast_vetoed(facts: _Facts) -> bool:
    return any(_holds(facts.text, word) for word in role_rules().contrast_vetoes)


def _meets(facts: _Facts, key: str, words: Iterable[str]) -> bool:
    return bool(facts.words.get(key, frozenset()) & set(words))


def _inside(facts: _Facts, key: str, ends: Sequence[float]) -> bool:
    low, high = ends
    return key in facts.numbers and low <= facts.numbers[key] <= high


def _holds(text: str, phrase: str) -> bool:
    return f" {phrase} " in text


def _holds_all(text: str, entry: str) -> bool:
    return all(_holds(text, word) for word in entry.split())
