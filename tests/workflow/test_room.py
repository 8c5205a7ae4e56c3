"""What is read before a room opens: voxels that are cut or corrupt are known before anything is."""

from dataclasses import replace

import pytest
import readings

from mriview import open_review
from mriview.errors import RecordError
from mriview.values import problem
from mriview.workflow.room import default_review, readable


def cut():
    raise problem("pixel_data_truncated", files=1, missing_bytes=8).as_error()


def a_torn_study():
    """A cisternogram that can be read, and an angiogram that is cut."""
    whole = readings.a_volume()
    torn = replace(readings.a_volume(readings.ANGIOGRAM, "tof_mra"), load=cut)
    return readings.a_study(whole, torn)


def test_a_study_that_can_be_read_is_given_back_as_it_is():
    study = readings.a_study()
    assert readable(study) is study


def test_a_series_that_is_cut_is_left_out_and_said():
    study = readable(a_torn_study())
    assert list(study.volumes) == [readings.CISTERNOGRAM]
    (said,) = study.problems
    assert (said.code, said.severity, said.where) == (
        "pixel_data_truncated",
        "error",
        readings.ANGIOGRAM,
    )


def test_a_reading_without_the_cut_series_goes_on_wherever_the_study_is_opened(tmp_path):
    folder = tmp_path / "case.mriview"
    open_review(readable(a_torn_study()), "R1", folder).close()
    open_review(a_torn_study(), "R1", folder).close()
    with pytest.raises(RecordError, match="1 of 2 series differ"):  # the series was copied again
        open_review(readings.a_study(), "R1", folder)


def test_a_study_that_was_exported_again_is_read_anew_and_the_reading_before_stays(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    before, again = readable(a_torn_study()), readings.a_study()
    assert before.key == again.key
    with default_review(before) as first:
        first.apply({"command": "add_note", "args": {"text": "of the images before"}})
    for _ in range(2):
        with default_review(again) as second:
            assert second.folder != first.folder
            assert not second.state.notes
    with default_review(before) as first_again:
        assert first_again.folder == first.folder
        assert len(first_again.state.notes) == 1
