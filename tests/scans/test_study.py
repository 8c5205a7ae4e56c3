"""A study and its volumes: choosing one by role or key, the reference, what a volume promises."""

import numpy as np
import pytest
from builders import a_grid

from mriview.errors import ScanError, UsageError
from mriview.scans import Role, Study, Volume


def a_volume(key="a", role="unknown", grid=None, load=None, **others) -> Volume:
    grid = grid or a_grid()
    return Volume(key, grid, load or (lambda: np.zeros(grid.shape)), role=Role(role, 0.9), **others)


def a_study(*volumes: Volume) -> Study:
    return Study("0" * 16, {volume.key: volume for volume in volumes})


def test_a_volume_is_found_by_its_role_and_by_its_key() -> None:
    study = a_study(a_volume("a", "tof_mra"), a_volume("b", "flair"))
    assert study.volume("tof_mra").key == study.volume("a").key == "a"


@pytest.mark.parametrize(
    ("role", "code", "choices"),
    [("flair", "volume_ambiguous", {"a", "b"}), ("dwi", "volume_absent", {"a", "b", "c"})],
)
def test_none_or_several_are_refused_with_the_choices(role, code, choices) -> None:
    study = a_study(a_volume("a", "flair"), a_volume("b", "flair"), a_volume("c", "swi"))
    with pytest.raises(UsageError) as refused:
        study.volume(role)
    assert refused.value.code == code
    assert all(f"{key} (" in refused.value.remedy for key in choices)


def test_the_reference_is_the_cisternogram_then_by_role_then_the_finest_grid() -> None:
    fine, coarse = a_grid(spacing_mm=(0.3, 0.3, 0.3)), a_grid(spacing_mm=(1.0, 1.0, 1.0))
    t2 = a_volume("a", "t2_cisternogram", coarse)
    tof, other = a_volume("b", "tof_mra", fine), a_volume("c", "unknown", fine)
    assert a_study(other, tof, t2).default_reference() == "a"
    assert a_study(other, tof).default_reference() == "b"
    assert a_study(other, a_volume("d", "unknown", coarse)).default_reference() == "c"
    assert a_study().default_reference() is None


def test_a_readers_role_overrules_the_tools_for_the_reference() -> None:
    study = a_study(a_volume("a", "tof_mra"), a_volume("b"))
    assert study.default_reference({"b": "t2_cisternogram"}) == "b"


def test_a_reader_that_gives_another_shape_is_caught() -> None:
    volume = a_volume(load=lambda: np.zeros((1, 2, 3)))
    with pytest.raises(AssertionError, match="a reader gave"):
        _ = volume.voxels


def test_content_is_hashed_with_its_place_and_without_its_storage() -> None:
    voxels = np.arange(120, dtype=">i2").reshape(6, 5, 4)
    native = voxels.astype("i2")
    a, b = a_volume(load=lambda: voxels), a_volume(load=lambda: np.asfortranarray(native))
    moved = a_volume(grid=a_grid(origin_mm=(0, 0, 0)), load=lambda: native)
    assert a.content_sha256 == b.content_sha256 != moved.content_sha256


def test_a_computer_without_enough_memory_says_so() -> None:
    def exhausted():
        raise MemoryError

    with pytest.raises(ScanError, match="memory_too_small"):
        _ = a_volume(load=exhausted).voxels
