"""The room's words: how series, nerves, contacts, answers and limits read on the screen.

Pure functions from values to text; labels come from the vocabulary's rows. Sides are always spelt
out, since a letter is misread by a tired eye. Knows no Qt, and decides nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from mriview import MriviewError, Study, Volume, vocabulary
from mriview.measure import lesion_sizes
from mriview.review import (
    Contact,
    Diameter,
    Implant,
    Lesion,
    NearbyVessel,
    Nerve,
    PaintedMask,
    Point,
    Quality,
    Question,
    Registration,
    ReviewState,
    side_of_mark,
)
from mriview.scans import Role
from mriview.values import Problem
from mriview.vocabulary import constant

SIDE_WORDS = {"right": "RIGHT", "left": "LEFT"}
SHORT_NAME_LETTERS = 4  # ids of vessels up to AICA are the abbreviations that surgeons write

ANSWER_WORDS = {"absent": "Not seen", "present": "Present", "indeterminate": "Cannot tell"}
SEVERITIES = ("error", "warning", "info")  # what was refused is said first
MOST_LINES = 12  # of one list; who wants more is told where all of them stand
LANDMARK_PROMPTS = {"rdp": "click the detachment point (first fluid between nerve and pons)"}
DIAMETERS: tuple[Diameter, ...] = get_args(Diameter)
LANDMARK_NAMES = {"rexp": "exit point", "rdp": "RDP", "tz_end": "end of TZ", "porus": "porus"}


def labels(rows: Mapping[str, object]) -> dict[str, str]:
    """Give the English label of each row of a vocabulary table, in its order."""
    return {name: first_capital(row.label.en) for name, row in rows.items()}  # type: ignore[attr-defined]  # every table with labels


def series_name(role: str, key: str) -> str:
    """Name a layer by role and key, never by what a file says.

    Examples
    --------
    >>> series_name("t2_cisternogram", "1a2b3c4d")
    'T2 cisternogram 1a2b3c4d'
    """
    row = vocabulary.roles().get(role)
    return f"{row.label.en if row else role} {key}"


def series_names(study: Study, role_of: Callable[[str], str]) -> dict[str, str]:
    """Name every series of a study, key to words, in its order."""
    return {key: first_capital(series_name(role_of(key), key)) for key in study.volumes}


def series_size(volume: Volume) -> str:
    """Give voxels and spacing of a volume."""
    shape = " x ".join(str(n) for n in volume.grid.shape)
    spacing = " x ".join(f"{mm:.2f}" for mm in volume.grid.spacing_mm)
    times = f", {volume.time_points} time points (first shown)" if volume.time_points > 1 else ""
    return f"{shape} voxels of {spacing} mm{times}"


def covered_words(structures: Iterable[str]) -> str:
    """Name structures in the order of their table; a pair is named once.

    Examples
    --------
    >>> covered_words(["iac_l", "iac_r", "v4_l"])
    'internal auditory canal, both sides; fourth segment of the vertebral artery, left'
    """
    return "; ".join(label.en for label in vocabulary.structure_labels(structures))


def nerve_words(side: str, nerve: str) -> str:
    """Name a nerve beside its marks: by its side, and by its number where it is not the usual one.

    Examples
    --------
    >>> nerve_words("left", "facial"), nerve_words("left", "trigeminal")
    ('LEFT', 'LEFT V')
    """
    row = vocabulary.nerves()[nerve]
    number = row.label.en.rpartition("(")[2].rstrip(")")
    return SIDE_WORDS[side] if row.assessed else f"{SIDE_WORDS[side]} {number}"


def quality_line(quality: Quality | None) -> str:
    """Say how far a series can be used, or nothing where nothing was said."""
    if quality is None:
        return ""
    rows = vocabulary.quality_findings()
    spoils = ", ".join(rows[name].label.en for name in quality.findings)
    grade = vocabulary.quality_grades()[quality.grade].label.en
    return f"Quality: {grade}" + (f" ({spoils})" if spoils else "") + "."


def frame_line(study: Study, key: str, reference: str) -> str:
    """Say that a series lies in another frame of reference, where it does."""
    frame = study.volumes[key].frame_of_reference
    same = frame is not None and frame == study.volumes[reference].frame_of_reference
    if key == reference or same:
        return ""
    return "In another frame than the reference: say under Registration whether it lies on it."


def registration_line(said: Registration, role_of: Callable[[str], str]) -> str:
    """Say whether a series lies on another, as the reader said it."""
    verb = "Lies on" if said.verdict == "accepted" else "Does not lie on"
    off = "" if said.residual_mm is None else f", off by {said.residual_mm:.2f} mm"
    return f"{verb} the {series_name(role_of(said.fixed), said.fixed)}{off}."


def refusal_line(error: MriviewError) -> str:
    """Write an error as a sentence, what to do, and the code that ``mriview info`` prints."""
    return f"{first_capital(error.found)}. {error.remedy}. ({error.code})"


def problem_line(problem: Problem) -> str:
    """Write a problem in the words of ``mriview info``, its code at the end.

    Examples
    --------
    >>> problem_line(Problem("slice_tilt", "error", "slices lean by 9 deg", "Scan again"))
    'Slices lean by 9 deg. Scan again. (slice_tilt)'
    """
    where = f", series {problem.where}" if problem.where else ""
    return f"{first_capital(problem.message)}. {problem.remedy}. ({problem.code}{where})"


def problem_lines(problems: Iterable[Problem]) -> list[str]:
    """Write problems as a list: what was refused, then flagged, then ignored; equal lines once."""
    listed = sorted(problems, key=lambda one: SEVERITIES.index(one.severity))
    counts = Counter(problem_line(one) for one in listed)
    lines = [f"{line} {n} times." if n > 1 else line for line, n in counts.items()]
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [f"And {len(lines) - MOST_LINES} more; mriview info lists all."]
    return lines


def left_out(study: Study) -> list[Problem]:
    """Give the problems of a study that are of none of its volumes: what is not shown, and why."""
    shown = [problem for volume in study.volumes.values() for problem in volume.problems]
    return [problem for problem in study.problems if problem not in shown]


def role_is_sure(role: Role) -> bool:
    """Whether conclusions may rest on a role without the reader's word."""
    return role.confidence >= constant("role_confidence_min")


def role_line(role: Role) -> str:
    """Say how a role is known."""
    if not role.confidence:
        return "What it is for is not known: please say."
    reasons = "; ".join(role.reasons) or "no reason given"
    return f"{round(100 * role.confidence)} % sure: {reasons}"


def vessel_name(vessel: str) -> str:
    """Give the short name of a vessel: what surgeons write (AICA), else its label."""
    row = vocabulary.vessels()[vessel]
    short = vessel.upper()
    return short if row.named and len(short) <= SHORT_NAME_LETTERS else row.label.en


def vessel_choices() -> dict[str, str]:
    """Give every vessel with short name and label."""
    words = {}
    for name, row in vocabulary.vessels().items():
        short = vessel_name(name)
        words[name] = row.label.en if short == row.label.en else f"{short} - {row.label.en}"
    return words


def signed_line(state: ReviewState) -> str:
    """Say who ended the reading and when, in the time that the record keeps; else nothing."""
    if state.sign_off is None:
        return ""
    stamp = state.sign_off.by
    return f"Signed by {stamp.reader}, {stamp.time or 'no time given'}. Nothing can be changed."


def landmark_name(landmark: str) -> str:
    """Give the short name of a landmark."""
    return LANDMARK_NAMES.get(landmark) or vocabulary.landmarks()[landmark].label.en


def contact_name(contact: Contact) -> str:
    """Name a contact on the picture, such as 'c1 AICA'."""
    return f"{contact.id} {vessel_name(contact.vessel)}"


def contact_line(contact: Contact) -> str:
    """Describe a contact in one line of a list."""
    side = SIDE_WORDS[contact.side]
    row = vocabulary.nerves()[contact.nerve]
    nerve = "" if row.assessed else f" the {row.label.en}"
    touch = {"yes": "touches", "no": "does not touch", "indeterminate": "may touch"}
    forms = ", ".join(vocabulary.morphologies()[m].label.en for m in contact.morphology)
    parts = [
        f"{contact.id}  {side}  {vessel_name(contact.vessel)} ({contact.vessel_confidence})",
        touch[contact.touching] + nerve,
        forms,
        ", ".join(grade_words(x.scale, x.grade) for x in contact.severity),
        "" if contact.primitive == "point" else f"drawn as a {contact.primitive}",
        contact.decision,
    ]
    return ", ".join(part for part in parts if part)


def nearby_line(vessel: NearbyVessel) -> str:
    """Describe a vessel that runs near a nerve."""
    name = f"{vessel_name(vessel.vessel)} ({vessel.vessel_confidence})"
    return f"{SIDE_WORDS[vessel.side]}  {name}, near the {_nerve_name(vessel.nerve)}"


def implant_line(implant: Implant, state: ReviewState) -> str:
    """Describe what an operation left, with the side that its place lies on."""
    label = vocabulary.implants()[implant.kind].label.en
    parts = [f"{implant.id}  {place_words(implant.position, state)}{label}", implant.note]
    return ", ".join(part for part in parts if part)


def lesion_title(lesion: Lesion, state: ReviewState) -> str:
    """Name a lesion with the side that it lies on."""
    label = vocabulary.conditions()[lesion.condition].label.en
    return f"{lesion.id}  {place_words(lesion.position, state)}{label}"


def lesion_line(lesion: Lesion, state: ReviewState) -> str:
    """Describe a lesion in one line of a list."""
    sizes = lesion_sizes(lesion.measured, lesion.calipers)
    values = [(name, sizes[name]["value"]) for name in DIAMETERS if "value" in sizes[name]]
    size = [f"{vocabulary.quantities()[name].label.en} {mm:.1f} mm" for name, mm in values[:1]]
    grades = [grade_words(x.scale, x.grade) for x in lesion.severity]
    marked = "painted" if lesion.mask else "point"
    return ", ".join([lesion_title(lesion, state), marked, *size, *grades])


def size_words(size: Mapping[str, Any], *, by_hand: bool) -> str:
    """Write a size with how it came about.

    Parameters
    ----------
    size : mapping
        A quantity of a report in its JSON form, or why it is withheld.
    by_hand : bool
        Whether the reader measured it from point to point.

    Examples
    --------
    >>> size_words({"value": 8.04, "unit": "mm"}, by_hand=True)
    '8.0 mm'
    >>> size_words({"value": 412.6, "unit": "mm3"}, by_hand=False)
    '413 mm3, as painted'
    """
    if "value" not in size:
        return "not measured"
    decimals = 0 if size["unit"] == "mm3" else 1
    words = f"{size['value']:.{decimals}f} {size['unit']}"
    return words if by_hand else f"{words}, as painted"


def place_words(position: Point, state: ReviewState) -> str:
    """Spell out the side of a position, to stand before what lies there; nothing if not known."""
    side = side_of_mark(state, position)
    return f"{SIDE_WORDS.get(side, side)}  " if side else ""


def grade_words(scale: str, grade: str) -> str:
    """Name a grade by its scale and level.

    Examples
    --------
    >>> grade_words("koos_1998", "III")
    'Koos grade III (reaching the pons)'
    """
    row = vocabulary.severity_scales()[scale]
    words = {level.id: level.label.en for level in row.levels}
    word = words.get(grade, grade)
    return f"{row.label.en}: {word}" if word == grade else f"{row.label.en} {grade} ({word})"


def outline_line(mask: PaintedMask) -> str:
    """Describe an outlined vessel: its name and how sure that is, else the label it came with."""
    if mask.vessel is None:
        return f"{mask.id}  not named" + (f", labelled {mask.label}" if mask.label else "")
    parts = [f"{mask.id}  {vessel_name(mask.vessel)} ({mask.vessel_confidence})", mask.note]
    return ", ".join(part for part in parts if part)


def nerve_line(nerve: Nerve | None, asked: Iterable[str] = ("rdp", "porus")) -> str:
    """Say what of a nerve is marked, and what is missing of the landmarks that are asked."""
    if nerve is None:
        return "not marked"
    path = nerve.path
    parts = [f"{len(path.clicks)} points, {path.length_mm:.1f} mm"]
    for name in asked:
        landmark = path.landmarks.get(name)
        if landmark is None and _follows_another(name):
            continue
        if landmark is None:
            said = "not placed"
        elif landmark.position is None:
            said = "not covered by the scan"
        else:
            said = f"at {path.nearest(landmark.position).s_mm:.1f} mm"
        parts.append(f"{landmark_name(name)} {said}")
    if nerve.assessable_mm is not None:
        low, high = nerve.assessable_mm
        parts.append(f"assessable {low:.1f} to {high:.1f} mm")
    return ", ".join(parts)


def _follows_another(landmark: str) -> bool:
    """Whether a landmark lies at a usual distance from one that is clicked: few place it."""
    rows = vocabulary.landmarks()
    default = rows[landmark].default
    return default is not None and rows[default.after].placed_by == "reader"


def question_note(question: Question) -> str:
    """Say why a question is closed, or what the tool derived."""
    if question.derived:
        return f"Cannot tell from these scans: {role_words_in(question.why)}"
    if not question.allows_absent and question.why:
        where = ". Tick it under 1 Series" if question.unconfirmed else ""
        return f"'Not seen' is closed: {role_words_in(question.why)}{where}"
    return ""


def role_words_in(sentence: str) -> str:
    """Write roles in a sentence by their labels.

    Examples
    --------
    >>> role_words_in("it needs t1_post")
    'it needs T1 after contrast'
    """
    for name in sorted(vocabulary.roles(), key=len, reverse=True):
        sentence = sentence.replace(name, vocabulary.roles()[name].label.en)
    return sentence


def limit_lines(limits: Iterable[str], questions: Iterable[Question]) -> list[str]:
    """Write limits as sentences, with the conditions that each stands beside."""
    asked = [question for question in questions if question.derived and question.mandatory]
    lines = []
    for limit in limits:
        mine = [vocabulary.conditions()[q.condition].label.en for q in asked if limit in q.limits]
        text = vocabulary.limits()[limit].text.en
        lines.append(first_capital(text.format(conditions=", ".join(mine) or "some causes")))
    return lines


def _nerve_name(nerve: str) -> str:
    return vocabulary.nerves()[nerve].label.en


def first_capital(text: str) -> str:
    """Begin a text with a capital.

    Examples
    --------
    >>> first_capital("AICA loop"), first_capital("vessel")
    ('AICA loop', 'Vessel')
    """
    return text[:1].upper() + text[1:]
