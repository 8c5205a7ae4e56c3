"""The page over a run: its numbers are those of the tables, its bars lead to what they count."""

import json
import re
from functools import partial
from html.parser import HTMLParser
from itertools import chain
from urllib.parse import unquote

import pandas as pd
import pytest
from archives import an_archive, readings_of
from builders import CISS, a_grid, write_series
from hypothesis import given
from hypothesis import strategies as st

from mriview import vocabulary
from mriview.workflow.batch import BatchSettings, batch
from mriview.workflow.overview import MOST_BARS, MOST_ROWS, RunRows, counted, groups, overview_of
from mriview.workflow.overview.groups import SIZED_ROLES, SIZES_MM, size_bar, size_bars
from mriview.workflow.overview.page import TOO_COARSE

HOSTILE = "</p><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp; \u202e ../../x\ud800"
TOF = {
    "SequenceVariant": "SP",
    "ScanningSequence": "GR",
    "MRAcquisitionType": "3D",
    "RepetitionTime": "22",
    "EchoTime": "3.5",
    "FlipAngle": "18",
    "MagneticFieldStrength": "1.5",
    "SliceThickness": "1.3",
}


# ---- the page as a person walks it


class Page(HTMLParser):
    """Elements as a tree of (name, attributes, children); text is a child."""

    def __init__(self, html):
        super().__init__()
        self.root = ("page", {}, [])
        self._open = [self.root]
        self.feed(html.decode())
        self.ids = {}
        for node in walk(self.root):
            if "id" in node[1]:
                assert node[1]["id"] not in self.ids
                self.ids[node[1]["id"]] = node

    def handle_starttag(self, tag, attrs):
        node = (tag, dict(attrs), [])
        self._open[-1][2].append(node)
        if tag != "meta":
            self._open.append(node)

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        self._open[-1][2].append(data)

    def bars(self, group):
        """Give the bars of a group: name to number and the place that it leads to."""
        if f"bars.{group}" not in self.ids:
            return {}
        found = {}
        for row in all_of(self.ids[f"bars.{group}"], "tr"):
            if all_of(row, "th")[0][1]["scope"] == "row":
                links = all_of(row, "a")
                name = text_of(links[0] if links else row[2][0]).strip()
                count = next(text_of(x) for x in all_of(row, "td") if text_of(x).isdigit())
                found[name] = (int(count), links[0][1]["href"] if links else None)
        return found

    def counts(self, group):
        return {name: count for name, (count, _) in self.bars(group).items() if count}

    def keys(self, href):
        """Give the keys behind a bar, in order."""
        rows = all_of(self.ids[unquote(href).removeprefix("#")], "tr")[1:]
        return [text_of(all_of(row, "td")[0]) for row in rows]


def walk(node):
    for child in node[2]:
        if not isinstance(child, str):
            yield child
            yield from walk(child)


def all_of(node, name):
    return [child for child in walk(node) if child[0] == name]


def text_of(node):
    """Give what is read; a space before a unit is one that does not break."""
    parts = (child if isinstance(child, str) else text_of(child) for child in node[2])
    return "".join(parts).replace("\N{NO-BREAK SPACE}", " ")


# ---- a run with something of everything


def rename(series, ds, k):
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"2.25.9{series}{k:03d}"


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Folder of a run: read and unread studies, one without a scan, one that cannot be read."""
    folder = tmp_path_factory.mktemp("overview")
    root = an_archive(folder / "archive", 4)
    for number, tags, thick_mm in ((0, CISS, 0.5), (1, TOF, 1.3)):
        grid = a_grid((12, 12, 12), spacing_mm=(0.45, 0.45, thick_mm))
        uids = {"StudyInstanceUID": "2.25.76", "SeriesInstanceUID": f"2.25.9.{number}"}
        write_series(
            root / "both" / str(number), grid, edit=partial(rename, number), **uids, **tags
        )
    holed = write_series(root / "holed", a_grid((8, 8, 9)), **CISS, StudyInstanceUID="2.25.77")
    holed[4].unlink()
    readings_of(root, folder / "reviews", 7)
    (root / "letter").mkdir()
    (root / "letter" / "letter.txt").write_text("no scan")
    (root / "lost").symlink_to(folder / "nowhere")
    batch(BatchSettings(root, folder / "out", ("*",), reviews=folder / "reviews"))
    return folder / "out"


@pytest.fixture(scope="module")
def page(ran):
    return Page((ran / "overview.html").read_bytes())


def read(ran, name):
    return pd.read_csv(ran / f"{name}.csv", dtype="string", keep_default_na=False, na_values=[""])


def behind(ran):
    """Give what the tables say: for each group, the keys of each bar by the id of the bar."""
    results, series = read(ran, "results"), read(ran, "tables/series")
    sides, lines = read(ran, "tables/sides"), (ran / "problems.jsonl").read_text().splitlines()
    series = series.drop_duplicates(["study_key", "series"])
    said = pd.DataFrame([json.loads(line) for line in lines])
    roles = vocabulary.roles()

    def keys(table, column):
        return {name: list(part) for name, part in table.groupby(column)["study_key"]}

    def words(found, rows):
        return {rows[name].label.en if name in rows else name: x for name, x in found.items()}

    expected = {"status": keys(results, "status")}
    for part in vocabulary.completeness():
        can = results.assign(can=results[f"can_show_{part}"].fillna("unknown"))
        expected[f"can_show_{part}"] = keys(can, "can")
    missing = results.assign(role=results["roles_missing"].str.split(";")).explode("role")
    missing["role"] = missing["role"].fillna("unknown: not read")
    expected["missing"] = words(keys(missing, "role"), roles)
    none = sorted(set(results["study_key"]) - set(series["study_key"]))
    once = series.drop_duplicates(["study_key", "role"])
    expected["roles"] = {**words(keys(once, "role"), roles), "no series": none}
    fields = series.groupby("study_key")["field_t"].unique().map(lambda x: set(x.dropna()))
    names = fields.map(
        lambda x: "several" if len(x) > 1 else f"{float(min(x)):g} T" if x else "unknown"
    )
    expected["field"] = {**keys(names.rename("t").reset_index(), "t"), "no series": none}
    for severity in ("error", "warning", "info"):
        of_studies = said[(said["severity"] == severity) & said["study_key"].notna()]
        expected[f"problems_{severity}"] = keys(
            of_studies.drop_duplicates(["study_key", "code"]), "code"
        )
    number = results.assign(n=results["readings"].replace("0", "none"))
    expected["readings"] = keys(number, "n")
    right = sides[sides["side"] == "right"]
    expected["readers"] = keys(right, "reader")
    expected["reading_status"] = keys(right, "status")
    for side in ("right", "left"):
        answers = sides[sides["side"] == side].fillna({"assessment": "not_assessed"})
        expected[f"assessment_{side}"] = words(
            keys(answers, "assessment"), vocabulary.assessments()
        )
    return expected


NAMES = {"no_scan": "without a scan", "gone": "gone since", "not_yet": "not yet"}


def test_every_number_of_the_page_is_the_one_that_pandas_counts_in_the_tables(ran, page):
    expected = behind(ran)
    for group, bars in expected.items():
        counts = {NAMES.get(name, name): len(keys) for name, keys in bars.items()}
        assert page.counts(group) == counts, group
    assert {*expected} | {name for name in groups() if name.startswith(SIZED_ROLES)} == {
        *groups()
    } - {"problems_of_the_run"}
    said = {"studies": 8, "readings": 7}
    assert len(read(ran, "results")) == said["studies"]
    head = text_of(all_of(page.root, "header")[0])
    assert "8 studies: 6 reported, 1 without a scan, 1 failed; " in head
    assert head.count("7 readings") == 1


def test_every_bar_leads_to_exactly_the_studies_that_it_counts(ran, page):
    for group, bars in behind(ran).items():
        for name, keys in bars.items():
            _, href = page.bars(group)[NAMES.get(name, name)]
            assert sorted(page.keys(href)) == sorted(keys), (group, name)


def test_sizes_are_those_of_the_worst_acquired_or_stored_edge(ran, page):
    series = read(ran, "tables/series").drop_duplicates(["study_key", "series"])
    of = {role: series[series["role"] == role] for role in SIZED_ROLES}
    assert {role: len(part) > 0 for role, part in of.items()} == dict.fromkeys(SIZED_ROLES, True)
    for role, part in of.items():
        for axis in ("in_plane", "slice", "worst"):
            bars = page.bars(f"{role}_{axis}")
            assert sum(count for count, _ in bars.values()) == len(part)
            listed = [page.keys(href) for count, href in bars.values() if count]
            assert sorted(chain(*listed)) == sorted(part["study_key"])
    assert page.counts("tof_mra_slice") == {"1.2 to 1.5 mm": 1}
    assert page.counts("tof_mra_worst") == {"1.2 to 1.5 mm": 1}


def test_every_study_leads_to_its_report_and_one_that_was_never_read_to_none(ran, page):
    links = [node[1]["href"] for node in all_of(page.ids["rows"], "a")]
    reports = {unquote(href) for href in links if href.startswith("reports/")}
    assert reports == {f"reports/{path.name}" for path in (ran / "reports").iterdir()}
    (failed,) = page.keys("#status.failed")
    assert f"reports/{failed}.json" not in reports
    for href in links:
        assert href.startswith("#") or (ran / unquote(href)).is_file(), href


def test_every_link_within_the_page_has_its_target(page):
    targets = [node[1]["href"] for node in all_of(page.root, "a") if node[1]["href"][0] == "#"]
    assert len(targets) > 40
    assert {unquote(href)[1:] for href in targets} <= set(page.ids)


def test_the_page_holds_no_patient_no_path_and_asks_for_nothing(ran):
    html = (ran / "overview.html").read_text()
    for word in (
        "DOE",
        "PATIENT-0",
        str(ran.parent),
        "http:",
        "https:",
        "<script",
        " style=",
        "url(",
    ):
        assert word not in html, word
    assert "default-src &#x27;none&#x27;" in html


def test_a_run_that_goes_on_leaves_the_same_page(ran, tmp_path):
    root = an_archive(tmp_path / "archive", 2)
    settings = BatchSettings(root, tmp_path / "out")
    batch(settings)
    before = (tmp_path / "out" / "overview.html").read_bytes()
    batch(BatchSettings(root, tmp_path / "out", resume=True))
    assert (tmp_path / "out" / "overview.html").read_bytes() == before


def test_a_run_that_was_stopped_says_so(tmp_path):
    root = an_archive(tmp_path / "archive", 3)

    def stop(progress):
        if progress.stage == "reading" and progress.done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch(BatchSettings(root, tmp_path / "out"), stop)
    page = Page((tmp_path / "out" / "overview.html").read_bytes())
    head = text_of(all_of(page.root, "header")[0])
    assert "not finished" in head
    assert "stopped before its end" in head
    assert page.counts("status") == {"reported": 1}


# ---- laws, over rows of nobody


def a_study(key="0f", status="reported", **said):
    parts = {f"can_show_{part}": "no" for part in vocabulary.completeness()}
    return {
        "study_key": key,
        "status": status,
        "report_id": None if status == "failed" else "1",
        "voxels": "read",
        "code": None,
        "message": None,
        "roles_present": None,
        "roles_missing": None,
        **parts,
        **said,
    }


def a_series(key="0f", series="s", role="t2_cisternogram", field_t=3.0, **said):
    sizes = {f"spacing_{axis}_mm": 0.5 for axis in "ijk"}
    acquired = {f"acquired_{axis}_mm": None for axis in "ijk"}
    return {
        "study_key": key,
        "series": series,
        "role": role,
        "field_t": field_t,
        **sizes,
        **acquired,
        **said,
    }


def sides_of(key="0f", reader="R1", status="final", assessment="contact"):
    said = {"study_key": key, "reader": reader, "status": status, "confidence": "definite"}
    return [{**said, "side": side, "assessment": assessment} for side in ("right", "left")]


def a_problem(key="0f", code="slice_gap", severity="warning", message="a gap", where="s"):
    said = {"code": code, "severity": severity, "message": message, "where": where}
    return {"study_key": key, "remedy": "Export it again", "evidence": {}, **said}


def rows(results=(), series=(), sides=(), problems=()):
    return RunRows(list(results), list(series), list(sides), list(problems))


ROLE = st.sampled_from([*vocabulary.roles(), "site:new"])
MAYBE = st.sampled_from
SIZE_MM = st.none() | st.floats(0.1, 8)
STUDIES = st.lists(
    st.fixed_dictionaries(
        {
            "status": MAYBE(["reported", "no_scan", "failed", "gone"]),
            "can": MAYBE(["yes", "not_yet", "no", None, "perhaps"]),
            "missing": st.lists(ROLE, max_size=3, unique=True),
            "series": st.lists(st.tuples(ROLE, MAYBE([1.5, 3.0, 2.894, None]), SIZE_MM)),
            "readings": st.lists(MAYBE(["contact", "no_contact", None]), max_size=3),
            "codes": st.lists(MAYBE(["slice_gap", "other_file"]), max_size=4),
        }
    ),
    max_size=12,
)


def rows_of_studies(studies):
    results, series, sides, problems = [], [], [], []
    for number, one in enumerate(studies):
        key = f"{number:04x}"
        can = {f"can_show_{part}": one["can"] for part in vocabulary.completeness()}
        missing = ";".join(one["missing"]) or None
        results.append(a_study(key, one["status"], roles_missing=missing, **can))
        for place, (role, field_t, size_mm) in enumerate(one["series"]):
            series.append(a_series(key, f"s{place}", role, field_t, spacing_k_mm=size_mm))
        series += series[len(series) - len(one["series"]) :] if len(one["readings"]) > 1 else []
        sides += chain.from_iterable(sides_of(key, "R1", assessment=x) for x in one["readings"])
        problems += [a_problem(key, code) for code in one["codes"]]
    return rows(results, series, sides, problems)


@given(STUDIES)
def test_every_group_counts_every_study_series_or_reading_once(studies):
    found = counted(rows_of_studies(studies))
    once = [group for group in groups().values() if not group.overlapping]
    for group in once:
        sized = group.id.startswith(SIZED_ROLES)
        if sized:
            role = next(role for role in SIZED_ROLES if group.id.startswith(role))
            whole = sum(role == one[0] for study in studies for one in study["series"])
        else:
            whole = {
                "studies": len(studies),
                "readings": sum(len(study["readings"]) for study in studies),
                "problems": 0,
            }[group.counts]
        assert sum(bar.count for bar in found.bars[group.id]) == whole == found.total(group)
        for bar in found.bars[group.id]:
            assert len(bar.rows) == bar.count


@given(STUDIES)
def test_no_study_is_in_none_of_the_bars_of_roles_and_of_missing_ones(studies):
    found = counted(rows_of_studies(studies))
    for name in ("roles", "missing"):
        keys = {row.study_key for bar in found.bars[name] for row in bar.rows}
        assert len(keys) == len(studies)
    series = sum(bar.times for bar in found.bars["roles"])
    assert series == sum(len(study["series"]) for study in studies)
    said = sum(bar.times for bar in found.bars["problems_warning"])
    assert said == sum(len(study["codes"]) for study in studies)


@given(st.floats(0.01, 20))
def test_a_size_stands_in_the_bar_that_its_rounded_value_fits(edge_mm):
    place = size_bars().index(size_bar(edge_mm))
    lower_mm = SIZES_MM[place - 1] if place else 0.0
    assert lower_mm < round(edge_mm, 4) <= SIZES_MM[place]


def test_the_sizes_from_which_a_cisternogram_is_too_coarse_end_a_bar():
    for name in TOO_COARSE.values():
        assert vocabulary.constant(name) in SIZES_MM
    coarse, fine = a_series("0f", "a", spacing_k_mm=1.3), a_series("0f", "b", spacing_k_mm=1.2)
    page = Page(overview_of(rows([a_study()], [coarse, fine]), finished=True))
    said = [text_of(row) for row in all_of(page.ids["bars.t2_cisternogram_slice"], "tr")]
    assert [text.split("mm")[0] for text in said if "too coarse" in text] == ["1.2 to 1.5 "]


def test_whatever_words_say_they_stay_words():
    key = HOSTILE.replace("\ud800", "")
    said = a_problem(key, HOSTILE, message=HOSTILE * 2, where=HOSTILE)
    found = rows(
        [a_study(key, HOSTILE, code=HOSTILE, message=HOSTILE, roles_missing=HOSTILE)],
        [a_series(key, HOSTILE, HOSTILE)],
        sides_of(key, HOSTILE, HOSTILE, HOSTILE),
        [said, {**said, "study_key": None}],
    )
    html = overview_of(found, finished=True)
    page = Page(html)
    assert not [node for name in ("script", "img") for node in all_of(page.root, name)]
    assert "onerror" not in {name for node in walk(page.root) for name in node[1]}
    assert "\u202e" not in html.decode()
    reports = [x[1]["href"] for x in all_of(page.root, "a") if x[1]["href"][:8] == "reports/"]
    assert reports
    for href in reports:
        assert re.fullmatch(r"reports/[A-Za-z0-9_.%~-]+\.json", href), href
        assert "/" not in href.removeprefix("reports/")
    targets = [x[1]["href"][1:] for x in all_of(page.root, "a") if x[1]["href"][0] == "#"]
    assert set(targets) <= set(page.ids)


def test_a_large_archive_makes_a_small_page_that_says_what_it_leaves_out():
    keys = [f"{number:016x}" for number in range(1_500)]
    codes = [*vocabulary.problems()][:30]
    found = RunRows(
        (a_study(key, message="x" * 900) for key in keys),
        (a_series(key, f"s{n}") for key in keys for n in range(2)),
        chain.from_iterable(sides_of(key, f"R{n % 300}") for n, key in enumerate(keys)),
        (a_problem(key, codes[n % 30], message="x" * 900) for n, key in enumerate(keys)),
    )
    html = overview_of(found, finished=True)
    assert len(html) < 2_000_000
    page = Page(html)
    assert page.counts("status") == {"reported": 1_500}
    assert page.counts("t2_cisternogram_slice") == {"0.4 to 0.5 mm": 3_000}
    assert page.keys("#status.reported") == keys[:MOST_ROWS]
    said = text_of(page.ids["status.reported"])
    assert f"The first {MOST_ROWS} of 1500; all are in results.csv (status)." in said
    readers = page.counts("readers")
    assert len(readers) == MOST_BARS + 1
    assert sum(readers.values()) == 1_500


def test_a_run_without_a_study_says_so_and_draws_nothing():
    for finished in (True, False):
        page = Page(overview_of(rows(), finished=finished))
        head = text_of(all_of(page.root, "header")[0])
        assert "No study was read." in head
        assert ("stopped before its end" in head) is not finished
        assert all_of(page.root, "svg") == []


def test_the_problems_of_a_run_stand_apart_from_those_of_studies():
    found = rows([a_study()], problems=[a_problem(), a_problem(None, "review_without_study")])
    page = Page(overview_of(found, finished=True))
    assert page.counts("problems_of_the_run") == {"review_without_study": 1}
    assert page.counts("problems_warning") == {"slice_gap": 1}
    assert page.keys("#problems_of_the_run.review_without_study") == ["the run"]


def test_unread_voxels_are_said_at_the_top():
    studies = [a_study("0f", voxels="headers_only"), a_study("1f")]
    head = text_of(all_of(Page(overview_of(rows(studies), finished=True)).root, "header")[0])
    assert "Of 1 study only headers were read" in head


def test_rows_in_another_order_than_their_studies_are_refused():
    with pytest.raises(ValueError, match="in another order"):
        counted(rows([a_study("1f"), a_study("2f")], [a_series("2f"), a_series("1f")]))


def test_a_second_reading_leads_to_its_own_report():
    sides = [*sides_of("0f", "R1"), *sides_of("0f", "R2")]
    bars = {bar.id: bar for bar in counted(rows([a_study()], sides=sides)).bars["readers"]}
    assert [bars[name].rows[0].report for name in ("R1", "R2")] == ["0f.json", "0f.2.json"]
