"""The page over a run in a real Chromium: bars open what they count, axe finds nothing."""

import subprocess

import pytest
from browser import DESKTOP, PHONE, violations

from mriview.workflow.overview import RunRows, overview_of

pytestmark = pytest.mark.whole
LONG = "1 of 38 slice steps is wider than 1.0 mm (widest 2.0 mm): read as 2 parts"


def a_run():
    """Give rows with something in every group, words as long as they come."""
    keys = [f"{number:016x}" for number in range(8)]
    verdicts = ("yes", "not_yet", "no", None)
    parts = ("contact", "vessel_names", "other_causes")
    results = [
        {
            "study_key": key,
            "status": ("reported", "no_scan", "failed", "gone")[n % 4],
            "report_id": None if n % 4 == 2 else "1",
            "voxels": "headers_only" if n % 5 == 0 else "read",
            "code": "slice_gap",
            "message": LONG,
            "roles_present": "t2_cisternogram;tof_mra",
            "roles_missing": ("t1_post;tof_mra", None)[n % 2],
            **{f"can_show_{part}": verdicts[n % len(verdicts)] for part in parts},
        }
        for n, key in enumerate(keys)
    ]
    series = [
        {
            "study_key": key,
            "series": f"{n:08x}",
            "role": role,
            "field_t": (1.5, 3.0, None)[n % 3],
            **{f"spacing_{axis}_mm": 0.3 + n * 0.3 for axis in "ijk"},
            **{f"acquired_{axis}_mm": None for axis in "ijk"},
        }
        for n, key in enumerate(keys)
        for role in ("t2_cisternogram", "tof_mra")[: 1 + n % 2]
    ]
    sides = [
        {
            "study_key": key,
            "side": side,
            "reader": ("R1", "A reader with a long name")[n % 2],
            "status": ("draft", "final")[n % 2],
            "assessment": ("contact", None, "no_contact")[n % 3],
            "confidence": None,
        }
        for n, key in enumerate(keys[:6])
        for side in ("right", "left")
    ]
    problems = [
        {
            "study_key": key,
            "code": ("slice_gap", "a_code_that_is_much_longer_than_all_others")[n % 2],
            "severity": ("error", "warning", "info")[n % 3],
            "message": LONG,
            "remedy": "Export the series again; until then measure within one part",
            "where": f"{n:08x}",
        }
        for n, key in enumerate([*keys, None])
    ]
    return RunRows(results, series, sides, problems)


@pytest.fixture
def opened(shown, tmp_path):
    def of(*seen_as):
        path = tmp_path / "overview.html"
        path.write_bytes(overview_of(a_run(), finished=False))
        return shown(path, *seen_as)

    return of


def open_all(seen):
    seen.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


@pytest.mark.parametrize(
    ("viewport", "colours"), [(DESKTOP, "light"), (PHONE, "light"), (DESKTOP, "dark")]
)
def test_axe_finds_nothing_with_all_rows_open(opened, viewport, colours):
    seen = opened(viewport, colours)
    open_all(seen)
    assert violations(seen) == []


def test_nothing_is_asked_of_outside_and_the_policy_is_not_broken(opened):
    seen = opened()
    assert len(seen.asked) == 1
    assert seen.said == []


def test_a_bar_opens_the_rows_that_it_counts_and_the_way_back_leads_to_it(opened):
    seen = opened()
    rows = seen.locator('[id="status.failed"]')
    assert not rows.is_visible()
    seen.locator('[id="bars.status"] a', has_text="failed").click()
    assert rows.is_visible()
    assert rows.locator("tbody tr").count() == 2
    assert rows.bounding_box()["y"] < DESKTOP["height"]
    rows.locator("a", has_text="Back to the bar").click()
    assert 0 <= seen.locator('[id="bars.status"]').bounding_box()["y"] < DESKTOP["height"]


def test_a_bar_is_as_long_as_its_share(opened):
    seen = opened()
    drawn = seen.locator('[id="bars.status"] svg rect:not(.whole)')
    lengths = [box.bounding_box()["width"] for box in drawn.all()]
    whole = seen.locator('[id="bars.status"] svg rect.whole').first.bounding_box()["width"]
    assert [round(length / whole, 2) for length in lengths] == [0.25] * 4


def test_a_phone_scrolls_in_one_direction_only_also_with_all_rows_open(opened):
    seen = opened(PHONE)
    open_all(seen)
    assert seen.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_paper_has_the_bars_and_not_the_rows(opened, tmp_path):
    printed = tmp_path / "page.pdf"
    opened().pdf(path=str(printed), format="A4")
    command = ["pdftotext", "-raw", printed, "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    said = " ".join(text.split())
    assert "The run was stopped before its end" in said
    assert "Kinds of series" in said
    assert "Rows behind the bars" not in said
