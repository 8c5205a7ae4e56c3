"""Keys of studies and series: nothing but identity has a part in them."""

import re
import shutil
from pathlib import Path

from builders import a_grid, write_nifti, write_series
from hypothesis import given
from hypothesis import strategies as st

import mriview
from mriview.scans.keys import frame_key, numbered, series_key, study_key

UIDS = st.integers(0, 10**30).map("2.25.{}".format)
GRID = a_grid((6, 5, 12))


@given(UIDS, st.binary(min_size=1, max_size=40))
def test_a_secret_makes_keys_that_the_uid_alone_does_not_give(uid: str, secret: bytes) -> None:
    assert re.fullmatch("[0-9a-f]{16}", study_key([uid]))
    assert re.fullmatch("[0-9a-f]{8}", series_key(uid))
    assert study_key([uid], secret) != study_key([uid])
    assert series_key(uid, secret) != series_key(uid)
    assert frame_key(uid, secret) != frame_key(uid)


@given(UIDS, UIDS)
def test_equal_identifiers_give_equal_keys_and_others_do_not(a: str, b: str) -> None:
    assert (study_key([a]) == study_key([b])) == (a == b)


def test_an_identifier_that_is_not_there_is_no_frame() -> None:
    assert frame_key("") is None


@given(st.lists(st.sampled_from("ab"), max_size=6))
def test_equal_keys_are_numbered_in_their_order(keys) -> None:
    told = numbered(keys)
    assert len(set(told)) == len(told)
    assert [key.split("-")[0] for key in told] == keys


def test_neither_paths_nor_names_nor_order_change_a_key(tmp_path: Path) -> None:
    paths = write_series(tmp_path / "a", GRID)
    for n, path in enumerate(reversed(paths)):
        (tmp_path / "b" / str(n % 3)).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / "b" / str(n % 3) / f"IM{n}")
    a, b = mriview.open_study(tmp_path / "a"), mriview.open_study(tmp_path / "b")
    assert (a.key, *a.volumes) == (b.key, *b.volumes)
    assert a.volumes[next(iter(a.volumes))].content_sha256 == (
        b.volumes[next(iter(b.volumes))].content_sha256
    )


def test_parts_of_a_split_series_keep_their_names_in_any_order(tmp_path: Path) -> None:
    paths = write_series(tmp_path / "a", GRID)
    paths[5].unlink()
    keys = list(mriview.open_study(tmp_path / "a").volumes)
    assert [key[8:] for key in keys] == [".1", ".2"]
    for n, path in enumerate(reversed(paths[:5] + paths[6:])):
        path.rename(path.with_name(f"x{n:02}"))
    assert list(mriview.open_study(tmp_path / "a").volumes) == keys


def test_a_nifti_study_is_known_by_what_its_files_hold(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a" / "one.nii", GRID)
    write_nifti(tmp_path / "b" / "other.nii", GRID)
    write_nifti(tmp_path / "c" / "one.nii", a_grid((6, 5, 11)))
    a, b, c = (mriview.open_study(tmp_path / name).key for name in "abc")
    assert a == b
    assert a != c
