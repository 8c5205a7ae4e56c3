"""When a mark is refused: on the wrong side, outside the scan, far from its nerve.

The predicates about positions are in ``places``; here it is said which command obeys which.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from mriview import vocabulary
from mriview.errors import GuardError
from mriview.measure import lesion_sizes
from mriview.review import commands as c
from mriview.review import places
from mriview.review.facts import reference_of, series_facts
from mriview.review.grades import grade_faults
from mriview.review.ground import Ground, ask
from mriview.review.plausible import magnitude_faults, size_faults, vessel_faults
from mriview.review.primitives import refuse_undrawn
from mriview.review.state import SIDES, Contact, Lesion, ReviewState, Stamp
from mriview.review.transitions import apply
from mriview.vocabulary import constant

RIGID_TO = 1e-3  # of a matrix entry: 0.1 mm at 10 cm


@ask.register
def _(command: c.SetReference, state: ReviewState, ground: Ground) -> None:
    fixed = reference_of(ground.study, state)
    if state.positions and command.series != fixed:
        found = f"positions are kept in the frame of series {fixed}"
        remedy = "Keep the reference, or start a new review before the first mark"
        raise GuardError("reference_fixed", found, remedy, where=command.series)


@ask.register
def _(command: c.SetNervePath, state: ReviewState, ground: Ground) -> None:
    _read(command)
    after = apply(command, state, Stamp(""))
    nerve, shortest = after.nerve(command.side, command.nerve), constant("path_length_min_mm")
    if nerve is not None and nerve.path.length_mm < shortest:
        found = f"a nerve of {nerve.path.length_mm:.2f} mm"
        raise GuardError("path_too_short", found, f"Click further out, {shortest:g} mm at least")
    plane_mm = places.midsagittal_x_mm(after)
    if plane_mm is None:
        found = "the midline is not marked, so no side can be told"
        raise GuardError("midline_missing", found, "Mark a point of the midline first")
    places.refuse_wrong_side(command.side, places.samples_of(command.points), plane_mm)
    reference = places.frame_of(ground.study, state, command.reference)
    places.refuse_outside(ground.study, state, reference, (), places.samples_of(command.points))
    sides_hold(after, plane_mm)
    contacts_in_place(after)


@ask.register
def _(command: c.SetMidline, state: ReviewState, ground: Ground) -> None:
    del ground
    _read(command)
    if command.position is None:
        found = "the midline without a position"
        raise GuardError("midline_unplaced", found, "Give a point of it")
    sides_hold(state, command.position[0])


@ask.register
def _(command: c.SetLandmark, state: ReviewState, ground: Ground) -> None:
    del ground
    _read(command)
    row = vocabulary.landmarks()[command.landmark]
    if row.placed_by == "path":
        found = f"{row.label.en} is the first point of the path"
        raise GuardError("landmark_of_path", found, "Move it with set_nerve_path")
    if row.nerve != command.nerve:
        of = vocabulary.nerves()[row.nerve].label.en
        found = f"{row.label.en} is a place on the {of}"
        raise GuardError("landmark_of_another", found, "Name a landmark of this nerve")
    if command.position == "not_covered":
        if not row.may_be_not_covered:
            found = f"{row.label.en} cannot be called not covered"
            raise GuardError("landmark_needed", found, "Place it, or leave it to its default")
        return
    if command.position is None:
        found = f"{row.label.en} without a position"
        raise GuardError("landmark_unplaced", found, "Give its position, or not_covered")
    nerve = state.nerve(command.side, command.nerve)
    if nerve is not None:
        most_mm = constant("far_from_nerve_mm")
        places.refuse_far_from(nerve.path, f"the {row.label.en}", command.position, most_mm)
        plane_mm = places.midsagittal_x_mm(state)
        places.refuse_wrong_side(command.side, [command.position], plane_mm)


@ask.register
def _(command: c.SetAssessable, state: ReviewState, ground: Ground) -> None:
    del state, ground
    for span in (command.visible_mm, command.assessable_mm, *command.artefact_mm):
        if span is not None and span[0] > span[1]:
            found = f"a span from {span[0]:.1f} to {span[1]:.1f} mm"
            raise GuardError("span_reversed", found, "Give the smaller end first")


@ask.register
def _(command: c.SetMask, state: ReviewState, ground: Ground) -> None:
    del state
    chosen = (command.file, command.value, command.segment)
    if command.sha256 is None or any(x is not None for x in chosen):
        found = "set_mask with a file outside a script, or without its digest"
        raise GuardError("mask_unknown", found, "Store the mask and give its sha256")
    ground.mask_of(command.sha256).start_in(ground.study.volumes[command.series].grid)


@ask.register
def _(command: c.NameVessel, state: ReviewState, ground: Ground) -> None:
    painted = state.mask(command.mask)
    if painted is None:  # the transitions refuse it, with the remedy
        return
    if painted.structure != "vessel":
        found = f"mask {painted.id} is a {painted.structure}, no vessel"
        raise GuardError("mask_no_vessel", found, "Name a mask of structure vessel")
    _nameable(command, state, ground)


@ask.register
def _(command: c.AddContact, state: ReviewState, ground: Ground) -> None:
    _scaled(command)
    _read(command)
    refuse_undrawn(command, needed=True)
    contact = _contact_in_place(apply(command, state, Stamp("")), command.id or "")
    _nameable(contact, state, ground)
    _contact_graded(contact)


@ask.register
def _(command: c.EditContact, state: ReviewState, ground: Ground) -> None:
    _scaled(command)
    refuse_undrawn(command, needed=False)
    after = apply(command, state, Stamp(""))
    contact = _contact_in_place(after, command.id)
    _nameable(contact, state, ground)
    _contact_graded(contact)
    reference = places.frame_of(ground.study, state, command.reference)
    places.refuse_outside(ground.study, state, reference, contact.series, places.marks_of(contact))


@ask.register
def _(command: c.AcceptRegistration, state: ReviewState, ground: Ground) -> None:
    volumes, fixed = ground.study.volumes, command.fixed or ""
    if command.moving == fixed:
        found = f"series {fixed} is registered with itself"
        raise GuardError("registration_of_itself", found, "Name two series", where=fixed)
    matrix = np.array(command.lps_fixed_from_moving)
    turn = matrix[:3, :3]
    off = max(float(np.abs(turn @ turn.T - np.eye(3)).max()), abs(float(np.linalg.det(turn)) - 1))
    if off > RIGID_TO or not np.array_equal(matrix[3], [0, 0, 0, 1]):
        found = f"a registration matrix that is off a rigid motion by {off:.3g}"
        remedy = "Give a rotation and a shift, without scale or mirror"
        raise GuardError("registration_not_rigid", found, remedy, where=command.moving)
    frame = volumes[command.moving].frame_of_reference
    same = frame is not None and frame == volumes[fixed].frame_of_reference
    if command.origin == "frame_of_reference" and not (same and np.allclose(matrix, np.eye(4))):
        found = "the series do not lie on each other by a common frame of reference"
        remedy = "Compare them at the nerve and say origin visual"
        raise GuardError("registration_without_frame", found, remedy, where=command.moving)
    reference = reference_of(ground.study, state)
    if reference is not None:
        after = apply(command, state, Stamp(""))
        for named in (x.series for kind in (after.contacts, after.lesions) for x in kind):
            places.refuse_other_frame(ground.study, after, reference, named)


@ask.register
def _(command: c.AddNearbyVessel, state: ReviewState, ground: Ground) -> None:
    del ground
    nerve = state.nerve(command.side, command.nerve)
    if nerve is None:  # the transitions refuse it, with the remedy
        return
    places.refuse_wrong_side(command.side, [command.position], places.midsagittal_x_mm(state))
    radius_mm = vocabulary.vessels()[command.vessel].max_radius_mm
    most_mm = constant("nearby_vessel_max_mm") + radius_mm
    places.refuse_far_from(nerve.path, "the vessel", command.position, most_mm)


@ask.register
def _(command: c.AddLesion, state: ReviewState, ground: Ground) -> None:
    _scaled(command)
    if command.mask is None and command.measured:
        found = "measured values without a mask"
        raise GuardError("measured_without_mask", found, "Store the mask, or leave them out")
    if command.position is None:
        found = "a lesion without a position and without a mask"
        raise GuardError("lesion_without_place", found, "Give its position, or paint it")
    if command.mask is None or state.mask(command.mask):  # the transitions refuse an unknown one
        _lesion_in_place(apply(command, state, Stamp("")), command.id or "", ground)


@ask.register
def _(command: c.EditLesion, state: ReviewState, ground: Ground) -> None:
    _scaled(command)
    after = apply(command, state, Stamp(""))
    lesion = _lesion_in_place(after, command.id, ground)
    for said in state.exclusions.values():
        if command.id in said.lesions and said.condition != lesion.condition:
            label = vocabulary.conditions()[said.condition].label.en
            found = f"lesion {command.id} is named in the answer for {label}"
            raise GuardError("lesion_of_another", found, "Answer that condition anew first")
    reference = places.frame_of(ground.study, state, command.reference)
    places.refuse_outside(ground.study, state, reference, lesion.series, [lesion.position])


def sides_hold(state: ReviewState, plane_mm: float | None) -> None:
    """Ask that every mark still lies on its side of the midsagittal plane."""
    for side in SIDES:
        places.refuse_wrong_side(side, places.positions_on(state, side), plane_mm)


def contacts_in_place(state: ReviewState) -> None:
    """Ask that every contact that stands still lies at its nerve."""
    for contact in state.contacts:
        if contact.decision != "rejected":
            _contact_in_place(state, contact.id)


def _contact_in_place(state: ReviewState, contact_id: str) -> Contact:
    contact = state.contact(contact_id)
    nerve = state.nerve(contact.side, contact.nerve) if contact else None
    if contact is None or nerve is None:  # the transitions refuse both, with the remedy
        raise AssertionError(contact_id)
    places.refuse_contact_out_of_place(contact, nerve, places.midsagittal_x_mm(state))
    return contact


def _lesion_in_place(state: ReviewState, lesion_id: str, ground: Ground) -> Lesion:
    """Ask that a lesion lies in its mask and that its sizes do not contradict each other."""
    lesion = state.lesion(lesion_id)
    if lesion is None:  # the transitions refuse it, with the remedy
        raise AssertionError(lesion_id)
    _well_graded(grade_faults(lesion.severity, condition=lesion.condition, note=lesion.note))
    painted = state.mask(lesion.mask) if lesion.mask else None
    if painted is not None:
        box = ground.mask_of(painted.sha256).grid
        if not bool(box.contains(lesion.position)):
            found = f"the position of the lesion lies outside its mask {painted.id}"
            raise GuardError("lesion_outside_mask", found, "Leave the position to the mask")
    sizes = lesion_sizes(lesion.measured, lesion.calipers)
    values = {key: float(x["value"]) for key, x in sizes.items() if "value" in x}
    edge_mm = max(
        (max(ground.study.volumes[key].grid.spacing_mm) for key in lesion.series), default=0.0
    )
    for key, sentence in (*_beyond_belief(values), *size_faults(values, edge_mm)):
        found = f"the {key} of lesion {lesion_id}: {sentence}"
        raise GuardError("sizes_contradict", found, "Measure it again with calipers")
    return lesion


def _beyond_belief(sizes: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    for severity, key, sentence in magnitude_faults(sizes):
        if severity == "error":
            yield key, sentence


def _nameable(named: Contact | c.NameVessel, state: ReviewState, ground: Ground) -> None:
    """Ask that the voxels can show a vessel of that name (R19)."""
    series = series_facts(ground.study, state)
    for severity, _, sentence in vessel_faults(
        named.vessel, named.vessel_confidence, named.traced_to_parent, series
    ):
        if severity == "error":
            remedy = "Name the artery it comes from, or leave it unspecified"
            raise GuardError("vessel_below_resolution", sentence, remedy)


def _read(command: c.FromFile) -> None:
    """Ask that a file was read by the script that names it: the record holds positions."""
    if command.file is not None or command.point is not None:
        found = f"{command.name} with a file outside a script"
        raise GuardError("file_outside_script", found, "Give its positions, or apply a script")


def _scaled(command: c.ContactFields | c.LesionFields) -> None:
    """Ask that every grade has its scale: a lesion has no usual one."""
    if any(grade.scale is None for grade in command.severity):
        found = "a grade without its scale"
        raise GuardError("grade_without_scale", found, "Name the scale")


def _contact_graded(contact: Contact) -> None:
    _well_graded(grade_faults(contact.severity, nerve=contact.nerve, note=contact.note))


def _well_graded(faults: Iterator[str]) -> None:
    for sentence in faults:
        raise GuardError("grade_refused", sentence, "Correct the grade")
