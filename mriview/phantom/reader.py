"""A scripted reader who knows the truth: the commands with which the digital patient is read.

A pure function from ``truth.json`` to a script for ``mriview apply``. It clicks what a reader would
click, on both sides, says what was seen and what these series cannot tell, and signs. It claims
no more than the series cover.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mriview.phantom.cases import CASES

FORMAT, FORMAT_VERSION = "mriview.script", "1.0"  # the script's, report format section 1

READER = "SYNTHETIC"
SIDES = ("right", "left")
BEYOND_PORUS_MM = 2.5  # the last click lies so far in the canal
CONTACT_GRADE = "1"  # of the usual scale: contact without deformity
CLICK_SHARES = (0.0, 0.3, 0.6, 1.0)  # of the way from the exit to the detachment point

# Conditions that need T1 after contrast, diffusion or FLAIR: with a cisternogram and an angiogram
# alone the tool derives "indeterminate" for them, and these are the limits that it then lists.
ACKNOWLEDGED = ("L_ROLE_MISSING",)

# The series that show a condition, if they are there; without the angiogram the tool itself says of
# aneurysms and malformations that they cannot be judged.
LOOKED_FOR = {
    "vestibular_schwannoma": {"t2_cisternogram"},
    "meningioma": {"t1_post"},
    "epidermoid": {"dwi", "t2_cisternogram"},
    "aneurysm": {"tof_mra"},
    "vertebrobasilar_dolichoectasia": {"tof_mra"},
}
WHOLE_PROTOCOL = {"t1_post", "dwi", "flair"}
LEFT_OPEN = {
    "avm": ("tof_mra", "no series covers the posterior fossa from end to end"),
    "demyelination": ("flair", "no series reaches above the tentorium"),
    "vertebrobasilar_dolichoectasia": (
        "t2_cisternogram",
        "the vertebral arteries leave the cisternogram",
    ),
}

Json = dict[str, Any]


def scripted_reader(
    truth: Mapping[str, Any], keys: Mapping[str, str], mass_file: str = "mass.nii.gz"
) -> Json:
    """Write the script of a reading that finds exactly what is there.

    Parameters
    ----------
    truth : mapping
        Content of ``truth.json``.
    keys : mapping
        Role to series key of the study that is read.
    mass_file : str
        Label of the mass, below the script.

    Returns
    -------
    dict
        A script of the review commands.
    """
    steps = [
        *_preparation(truth, keys),
        *(step for side in SIDES for step in _nerve(truth, side)),
        *_implants(truth),
        *(step for side in SIDES for step in _contacts(truth, side, keys)),
        *_other_causes(truth, keys, mass_file),
        *(step for side in SIDES for step in _verdict(truth, side)),
        *_conclusion(truth),
    ]
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "reader": READER,
        "commands": [{"command": name, "args": args} for name, args in steps],
    }


Steps = Iterator[tuple[str, Json]]


def _preparation(truth: Mapping[str, Any], keys: Mapping[str, str]) -> Steps:
    known: Json = {"blinded": False, "symptom_side": "left", "syndrome": "hemifacial_spasm"}
    if truth["implants"]:
        operated = {"kind": "mvd_interposition", "side": "left", "effect": "partial"}
        known |= {"previous_mvd": True, "treatments": [operated]}
    yield "set_clinical", known
    yield "set_midline", {"position": truth["midline"]}
    for role, key in keys.items():
        structures = truth["series"][role]["covered"]
        yield "confirm_coverage", {"series": key, "structures": structures}


def _nerve(truth: Mapping[str, Any], side: str) -> Steps:
    nerve = truth["sides"][side]["facial"]
    places = nerve["landmarks"]
    rdp_mm, porus_mm = places["rdp"]["arc_mm"], places["porus"]["arc_mm"]
    end_mm = porus_mm + BEYOND_PORUS_MM
    clicks_mm = [share * rdp_mm for share in CLICK_SHARES]
    clicks_mm += [(2 * rdp_mm + porus_mm) / 3, (rdp_mm + 2 * porus_mm) / 3, porus_mm, end_mm]
    points = [_along(nerve, s_mm) for s_mm in clicks_mm]
    yield "set_nerve_path", {"side": side, "points": points}
    for landmark in ("rdp", "porus"):
        position = places[landmark]["position"]
        yield "set_landmark", {"side": side, "landmark": landmark, "position": position}
    seen = {"visible_mm": [rdp_mm, porus_mm + 2.0], "assessable_mm": [0.0, porus_mm + 2.0]}
    yield "set_assessable", {"side": side, **seen}


def _implants(truth: Mapping[str, Any]) -> Steps:
    for implant in truth["implants"]:
        yield "add_implant", {"kind": implant["kind"], "position": implant["position"]}


def _contacts(truth: Mapping[str, Any], side: str, keys: Mapping[str, str]) -> Steps:
    traced = [keys["tof_mra"]] if "tof_mra" in keys else []
    for contact in truth["sides"][side]["contacts"]:
        yield (
            "add_contact",
            {
                "side": side,
                "position": contact["nearest_on_nerve"],
                "vessel": contact["vessel"] if traced else "vessel_unspecified",
                "vessel_confidence": "definite" if traced else "possible",
                "vessel_position": contact["nearest_on_vessel"],
                "touching": "yes",
                "csf_plane": "not_seen",
                "morphology": ["touch"],
                "severity": [{"grade": CONTACT_GRADE}],
                "traced_to_parent": traced,
                "series": list(keys.values()),
            },
        )


def _other_causes(truth: Mapping[str, Any], keys: Mapping[str, str], mass_file: str) -> Steps:
    found = {lesion["condition"]: lesion for lesion in truth["lesions"]}
    for condition, lesion in found.items():
        cisternogram = keys["t2_cisternogram"]
        painted = {"structure": "lesion", "label": "mass", "series": cisternogram}
        yield "set_mask", {"id": "m1", **painted, "file": mass_file}
        extent = [f"cpa_{lesion['side'][0]}", f"iac_{lesion['side'][0]}"]
        touches = {name: lesion[name] for name in ("contacts_brainstem", "contacts_nerve")}
        yield "add_lesion", {"condition": condition, "mask": "m1", "extent": extent, **touches}
        answer = {"answer": "present", "side": lesion["side"], "confidence": "probable"}
        yield "answer_condition", {"condition": condition, **answer, "basis": [cisternogram]}
    seen = {condition for condition, roles in LOOKED_FOR.items() if roles <= set(keys)}
    for condition in LOOKED_FOR:
        if condition in seen and condition not in found:
            yield "answer_condition", {"condition": condition, "answer": "absent"}
    for condition, (role, why) in LEFT_OPEN.items():
        if role in keys and condition not in seen:
            answer = {"condition": condition, "answer": "indeterminate"}
            yield "answer_condition", {**answer, "basis": list(keys.values()), "note": why}
    if truth["implants"]:
        operated = {"answer": "present", "side": truth["implants"][0]["side"]}
        yield "answer_condition", {"condition": "postsurgical_change", **operated}
    if not set(keys) >= WHOLE_PROTOCOL:
        yield "acknowledge_limits", {"limits": list(ACKNOWLEDGED)}


def _verdict(truth: Mapping[str, Any], side: str) -> Steps:
    touched = bool(truth["sides"][side]["contacts"])
    assessment = "contact" if touched else "no_contact"
    sure = _sure_of(truth, side)
    yield "set_assessment", {"side": side, "assessment": assessment, "confidence": sure}
    if touched:
        yield "set_offender", {"side": side, "contact": "c1"}


def _conclusion(truth: Mapping[str, Any]) -> Steps:
    note = f"SYNTHETIC, not a patient. {CASES[truth['case']].says}"
    certainty = {side: _sure_of(truth, side) for side in SIDES}
    yield "set_impression", {"text": note, "certainty": certainty}
    yield "sign", {"role": "scripted reader of a digital patient"}


def _sure_of(truth: Mapping[str, Any], side: str) -> str:
    """Say how sure a side is: where a mass lies against the nerve, a vessel between is hidden."""
    hidden = any(x["side"] == side and x["contacts_nerve"] for x in truth["lesions"])
    return "probable" if hidden else "definite"


def _along(nerve: Mapping[str, Any], s_mm: float) -> list[float]:
    """Find the point at an arc length between two samples of the path, which lie 0.5 mm apart."""
    path, step_mm = nerve["path_mm"], nerve["path_step_mm"]
    before = min(int(s_mm / step_mm), len(path) - 2)
    share = s_mm / step_mm - before
    pairs = zip(path[before], path[before + 1], strict=True)
    return [round(a + share * (b - a), 4) for a, b in pairs]
