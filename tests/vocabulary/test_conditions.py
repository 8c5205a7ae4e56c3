"""Other causes: which series must be there before one of them can be called absent."""

import pytest

from mriview import vocabulary as v
from mriview.vocabulary import Condition

MANDATORY = {
    "vestibular_schwannoma", "meningioma", "epidermoid", "avm", "aneurysm",
    "vertebrobasilar_dolichoectasia", "demyelination",
}  # fmt: skip
GROUPS = {
    "mass": {
        "vestibular_schwannoma", "facial_schwannoma", "meningioma", "epidermoid", "lipoma",
        "arachnoid_cyst", "paraganglioma", "metastasis", "leptomeningeal_disease",
    },
    "vascular": {
        "avm", "dural_av_fistula", "aneurysm", "vertebrobasilar_dolichoectasia",
        "dissection_or_thrombosis", "dva",
    },
    "brainstem": {
        "demyelination", "brainstem_infarct", "brainstem_glioma", "cavernous_malformation",
    },
    "nerve_and_bone": {
        "facial_neuritis", "cholesteatoma", "hemangioma", "perineural_spread", "parotid_lesion",
    },
    "other": {
        "chiari_malformation", "crowded_posterior_fossa", "teflon_granuloma",
        "postsurgical_change", "other_cause",
    },
}  # fmt: skip


def can_be_absent(row: Condition, roles: set[str], slice_mm: float = 0.5) -> bool:
    """Whether series of these roles, covering everything, can support the answer "absent"."""
    return row.absent_offered and all(
        any(
            roles & set(need.roles)
            and need.qualifier is None
            and slice_mm <= (need.max_slice_mm or slice_mm)
            for need in group
        )
        for group in row.needs
    )


def absent_from(*roles: str, slice_mm: float = 0.5) -> set[str]:
    return {key for key, row in v.conditions().items() if can_be_absent(row, set(roles), slice_mm)}


def test_a_cisternogram_alone_supports_two_absences_and_one_of_them_with_its_limit() -> None:
    alone = absent_from("t2_cisternogram")
    assert alone == {"vestibular_schwannoma", "vertebrobasilar_dolichoectasia"}
    (limit,) = v.conditions()["vestibular_schwannoma"].standing_limits
    assert limit.limit == "L_VS_UNDER_3MM"
    assert limit.answers == ("absent",)
    assert limit.unless_roles == ("t1_post",)
    assert v.conditions()["vertebrobasilar_dolichoectasia"].standing_limits == ()


@pytest.mark.parametrize(
    ("condition", "roles"),
    [
        ("meningioma", {"t2_cisternogram", "t2_brain"}),
        ("epidermoid", {"t2_cisternogram", "flair", "t1_post"}),
        ("avm", {"t2_cisternogram", "t1_post"}),
        ("aneurysm", {"t2_cisternogram", "t1_post"}),
        ("demyelination", {"t2_cisternogram", "t1_post", "dwi"}),
        ("facial_neuritis", {"t2_cisternogram", "t1_pre", "flair"}),
        ("cavernous_malformation", {"t2_cisternogram", "t2_brain"}),
        ("brainstem_infarct", {"t2_brain", "flair"}),
        ("teflon_granuloma", {"t2_cisternogram"}),
        ("dissection_or_thrombosis", {"t1_pre", "tof_mra"}),  # fat saturation is not known
        ("cholesteatoma", {"dwi"}),  # echo-planar or not is not known
        ("crowded_posterior_fossa", set(v.roles())),
    ],
)
def test_what_may_never_be_called_absent_without_its_series(
    condition: str, roles: set[str]
) -> None:
    assert not can_be_absent(v.conditions()[condition], roles)


def test_the_whole_protocol_supports_every_mandatory_absence() -> None:
    whole = {"t2_cisternogram", "tof_mra", "t1_post", "t2_brain", "dwi", "flair"}
    assert absent_from(*whole) >= MANDATORY


@pytest.mark.parametrize(
    ("condition", "role", "thickest_mm"),
    [
        ("vestibular_schwannoma", "t2_cisternogram", 1.0),
        ("vestibular_schwannoma", "t1_post", 3.0),
        ("meningioma", "t1_post", 5.0),
        ("vertebrobasilar_dolichoectasia", "tof_mra", 1.5),
        ("demyelination", "t2_brain", 3.0),
        ("aneurysm", "tof_mra", 0.8),
        ("aneurysm", "cta", 0.8),
    ],
)
def test_a_thicker_slice_closes_the_gate(condition: str, role: str, thickest_mm: float) -> None:
    row = v.conditions()[condition]
    assert can_be_absent(row, {role}, thickest_mm)
    assert not can_be_absent(row, {role}, thickest_mm + 0.01)


def test_mandatory_are_those_that_every_reading_answers() -> None:
    always = {key for key, row in v.conditions().items() if row.mandatory == "always"}
    assert always == MANDATORY


def test_weakness_makes_nerve_and_bone_mandatory() -> None:
    asked = {key for key, row in v.conditions().items() if "facial_weakness" in row.mandatory_when}
    assert asked == {"facial_schwannoma", *GROUPS["nerve_and_bone"]}


def test_groups_hold_every_condition_once() -> None:
    found = {
        group: {row.id for row in v.conditions().values() if row.group == group}
        for group in v.condition_groups()
    }
    assert found == GROUPS
    assert set().union(*found.values()) == set(v.conditions())


def test_some_conditions_are_described_in_words_without_a_lesion() -> None:
    assert {key for key, row in v.conditions().items() if not row.needs_lesion} == {
        "vertebrobasilar_dolichoectasia", "chiari_malformation", "crowded_posterior_fossa", "dva",
        "facial_neuritis",
    }  # fmt: skip


def test_conditions_refer_to_roles_structures_limits_and_syndromes_that_exist() -> None:
    for row in v.conditions().values():
        assert row.needs, row.id
        assert all(row.needs), row.id
        for need in (need for group in row.needs for need in group):
            assert need.roles, row.id
            assert set(need.roles) <= set(v.roles()) - {"unknown", "derived", "localizer"}, row.id
            assert set(need.structures) <= set(v.structures()), row.id
        for limit in row.standing_limits:
            assert limit.limit in v.limits(), row.id
            assert set(limit.unless_roles) <= set(v.roles()), row.id
            assert limit.answers, row.id
            assert {v.answers()[answer].of_condition for answer in limit.answers} == {True}
        known = {*v.syndromes(), *v.symptoms(), *v.treatments(), "previous_mvd"}
        assert set(row.mandatory_when) <= known, row.id


def test_a_need_that_names_one_side_of_a_paired_structure_names_the_other() -> None:
    for row in v.conditions().values():
        for need in (need for group in row.needs for need in group):
            sided = {s for s in need.structures if v.structures()[s].side}
            assert {f"{s[:-2]}_r" for s in sided} | {f"{s[:-2]}_l" for s in sided} == sided, row.id
