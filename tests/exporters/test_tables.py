"""Tables for statistics: tidy, whole, numeric where they are numbers, and safe to open."""

import io
import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import readings as r
from hypothesis import given
from hypothesis import strategies as st

import mriview
from mriview.exporters.tables import EXPORTER, csv_of, rows_of, tables
from mriview.exporters.tables.columns import MISSING, MISSING_CODES
from mriview.exporters.tables.text import written
from mriview.report import Report

# Values of the report that no table has, and why: a new key stands in a table or here.
GEOMETRY = "geometry: for programs that draw"
SENTENCE = "a sentence, for people"
VOXELS = "voxels are files of their own"
BETWEEN = "between two reports, not of one reading"
NOT_TABLED = {
    "$.format": "the same in every report",
    "$.study.frame_groups[*].id": GEOMETRY,
    "$.study.frame_groups[*].series": GEOMETRY,
    "$.study.midline.origin": "marked by hand, always, in this version",
    "$.study.series[*].lps_from_index": GEOMETRY,
    "$.study.series[*].role_reasons": SENTENCE,
    "$.study.series[*].coverage.*.fraction": "null until it is measured",
    "$.study.series[*].coverage.*.reason": SENTENCE,
    "$.study.series[*].coverage.*.confirmed": "what is listed as covered is confirmed",
    "$.study.series[*].problems[*].severity": "a property of the code",
    "$.study.series[*].problems[*].message": SENTENCE,
    "$.protocol.quality[*].code": "stands with its series",
    "$.protocol.quality[*].series": "stands with its series",
    "$.protocol.quality[*].severity": "stands with its series",
    "$.registrations[*].lps_fixed_from_moving": GEOMETRY,
    "$.clinical.comparison.changes[*].about": BETWEEN,
    "$.clinical.comparison.changes[*].change": BETWEEN,
    "$.clinical.comparison.changes[*].note": BETWEEN,
    "$.sides.*.nerves.*.artefact_mm": "any number of spans",
    "$.sides.*.contacts[*].primitive.positions": "geometry; the nearest points are columns",
    "$.masks[*].id": VOXELS,
    "$.masks[*].name": VOXELS,
    "$.masks[*].note": VOXELS,
    "$.masks[*].series": VOXELS,
    "$.masks[*].sha256": VOXELS,
    "$.masks[*].side": VOXELS,
    "$.masks[*].structure": VOXELS,
    "$.masks[*].traced_to_parent": VOXELS,
    "$.masks[*].vessel_confidence": VOXELS,
    "$.masks[*].voxels": VOXELS,
    "$.exclusion_groups[*].answer": "derived from the rows of exclusions",
    "$.exclusion_groups[*].group": "derived from the rows of exclusions",
    "$.passes[*].signed": "the signature has it",
    "$.sign_off.overrides[*].guard": "the path says it",
    "$.sign_off.overrides[*].reason": SENTENCE,
    "$.record.head_sha256": "null until the record is chained",
    "$.limits[*].text": "a property of the code",
    "$.notes[*].about": SENTENCE,
    "$.notes[*].reader": SENTENCE,
    "$.notes[*].text": SENTENCE,
    "$.notes[*].time": SENTENCE,
}


def an_empty_report(**clinical):
    review = mriview.open_review(r.a_study(), clock=r.a_clock())
    if clinical:
        review.apply(r.a_command("set_clinical", **clinical))
    return mriview.build_report(review.study, review)


@pytest.fixture(scope="module")
def report():
    return r.a_rich_report()


@pytest.fixture(scope="module")
def written_tables(report):
    return EXPORTER.documents(report, None, None)


def as_frame(documents, table):
    return pd.read_csv(io.BytesIO(documents[f"tables/{table}.csv"]))


def leaves(schema, definitions, path="$"):
    """Paths of every value that the model can hold; a quantity counts as one."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        yield from leaves(definitions[name], definitions, path)
    elif kinds := schema.get("anyOf") or schema.get("oneOf"):
        if any("NotGiven" in kind.get("$ref", "") for kind in kinds):
            yield path
            return
        for kind in kinds:
            if kind.get("type") != "null":
                yield from leaves(kind, definitions, path)
    elif "properties" in schema:
        for key, value in schema["properties"].items():
            yield from leaves(value, definitions, f"{path}.{key}")
    elif isinstance(schema.get("additionalProperties"), dict):
        yield from leaves(schema["additionalProperties"], definitions, f"{path}.*")
    elif isinstance(schema.get("items"), dict):
        yield from leaves(schema["items"], definitions, f"{path}[*]")
    else:
        yield path


def as_pattern(path):
    """A path of a column, or of a value, with everything that tells rows apart left open."""
    path = re.sub(r"\[[^\]]*\]", "[*]", path)
    path = re.sub(r"\$\.sides\.(\{side\}|right|left)", "$.sides.*", path)
    path = re.sub(r"by_side\.(\{side\}|right|left)", "by_side.*", path)
    path = re.sub(r"\.(nerves|landmarks|physics|coverage)\.(\{?\w+\}?|~|\*)", r".\1.*", path)
    return re.sub(r"\.(value|low|high)$|(\[\*\])+$", "", path)


def test_every_value_of_a_report_has_a_column_or_a_reason_to_have_none():
    schema = Report.model_json_schema()
    tabled = {as_pattern(column.path) for table in tables().values() for column in table.columns}
    held = set(map(as_pattern, leaves(schema, schema["$defs"])))
    assert held - tabled == set(NOT_TABLED)


def test_both_sides_have_a_row_also_where_nothing_was_said():
    rows = rows_of(an_empty_report())["sides"]
    assert [row["side"] for row in rows] == ["right", "left"]
    assert {row["assessment"] for row in rows} == {None}
    assert {row["assessment_missing"] for row in rows} == {"NA_not_assessed"}


def test_a_rejected_contact_keeps_its_row_and_says_so(report):
    rows = rows_of(report)["contacts"]
    assert [(row["contact"], row["decision"]) for row in rows] == [
        ("c1", "accepted"),
        ("c2", "rejected"),
    ]


def test_a_contact_with_grades_on_two_scales_has_a_row_for_each(report):
    rows = [row for row in rows_of(report)["contact_grades"] if row["contact"] == "c2"]
    assert [(row["contact"], row["scale"], row["grade"], row["graded_by"]) for row in rows] == [
        ("c2", grade["scale"], grade["grade"], rows[0]["reader"]) for grade in r.GRADES
    ]


def test_why_a_cell_is_empty_stands_beside_it(report):
    (nearby,) = rows_of(report)["vessels_nearby"]
    assert (nearby["gap_mm"], nearby["gap_mm_missing"]) == (None, "NA_withheld")
    study = rows_of(report)["studies"][0]
    assert (study["amends"], study["amends_missing"]) == (None, "NA_not_applicable")
    assert (study["emg"], study["emg_missing"]) == (None, "NA_not_assessed")
    study = rows_of(an_empty_report(blinded=True))["studies"][0]
    assert (study["symptom_side"], study["symptom_side_missing"]) == (None, "NA_blinded")


def test_a_cell_is_empty_exactly_where_a_code_says_why(report, checkout):
    samples = sorted((checkout / "sample_scans").glob("*/expected_report.json"))
    assert samples
    read = [report, an_empty_report(), an_empty_report(blinded=True)]
    for one in [*read, *map(mriview.load_report, samples)]:
        for name, rows in rows_of(one).items():
            for column, row in itertools.product(tables()[name].columns, rows):
                if column.kind == "missing":
                    cell, code = row[column.name.removesuffix(MISSING)], row[column.name]
                    assert (cell is None) == (code in MISSING_CODES), (name, column.name)
                elif not column.empty:
                    assert row[column.name] is not None, (name, column.name)


def test_a_landmark_outside_the_scans_is_withheld_and_one_inside_has_its_place(report):
    data = report.model_dump(mode="json")
    data["sides"]["left"]["nerves"]["facial"]["landmarks"]["porus"]["position"] = "not_covered"
    tabled = rows_of(Report.model_validate(data))
    assert [(row["side"], row["exit_point_x_mm"]) for row in tabled["nerves"]] == [
        ("right", -8),
        ("left", 8),
    ]
    right, left = (row for row in tabled["landmarks"] if row["landmark"] == "porus")
    assert (right["position_x_mm"], right["origin"]) == (-29, "manual")
    assert (left["position_x_mm"], left["position_x_mm_missing"]) == (None, "NA_withheld")


def test_pandas_reads_numbers_as_numbers_and_words_as_words(written_tables):
    for name, table in tables().items():
        frame = as_frame(written_tables, name)
        assert list(frame.columns) == [column.name for column in table.columns]
        for column in table.columns:
            cells = frame[column.name].dropna()
            if cells.empty:
                continue
            numeric = pd.api.types.is_numeric_dtype(frame[column.name])
            boolean = pd.api.types.is_bool_dtype(cells) or set(cells) <= {True, False}
            if column.kind in {"number", "integer"}:
                assert numeric, (name, column.name)
            elif column.kind == "boolean":
                assert boolean, (name, column.name)
            elif column.kind in {"id", "missing"}:
                assert not numeric, (name, column.name)
    arcs = as_frame(written_tables, "contacts")["arc_mm"]
    assert arcs.between(0, 30).all()


def test_the_dictionary_says_of_every_column_what_it_means(written_tables):
    frame = as_frame(written_tables, "dictionary")
    columns = [(name, c.name) for name, table in tables().items() for c in table.columns]
    assert list(zip(frame["table"], frame["column"], strict=True)) == columns
    assert frame["meaning"].notna().all()
    units = frame[frame["column"].str.endswith("_mm")]["unit"]
    assert set(units) == {"mm"}


def test_every_id_of_a_table_is_one_that_the_dictionary_allows(report):
    for name, table in tables().items():
        for row in rows_of(report)[name]:
            for column in table.columns:
                if column.allowed and row[column.name] is not None:
                    assert set(str(row[column.name]).split(";")) <= set(column.allowed), column.name


def test_keys_that_look_like_numbers_stay_keys_where_the_dictionary_is_asked(report):
    data = report.model_dump(mode="json")
    data["study"]["study_key"] = "0012345678901234"
    data["sides"]["left"]["contacts"][0]["note"] = "NA"
    documents = EXPORTER.documents(Report.model_validate(data), None, None)
    said = as_frame(documents, "dictionary")
    said = said[(said["table"] == "contacts") & said["type"].isin(["text", "id", "list"])]
    file = io.BytesIO(documents["tables/contacts.csv"])
    words = dict.fromkeys(said["column"], "string")
    frame = pd.read_csv(file, dtype=words, keep_default_na=False, na_values=[""])
    assert frame["study_key"][0] == "0012345678901234"
    assert frame["note"][0] == "NA"
    assert pd.api.types.is_float_dtype(frame["arc_mm"])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_every_digit(value):
    assert float(written(value)) == value


def test_rows_of_two_reports_stand_below_each_other(report):
    names = [column.name for column in tables()["contacts"].columns]
    both = csv_of(names, [*rows_of(report)["contacts"], *rows_of(report)["contacts"]])
    assert len(pd.read_csv(io.BytesIO(both))) == 4


def test_the_command_leaves_the_tables_in_a_folder_of_their_own(checkout: Path, tmp_path):
    for sample in sorted((checkout / "sample_scans").glob("*/expected_report.json")):
        made = mriview.export(
            mriview.load_report(sample), tmp_path / sample.parent.name, ["tables"]
        )
        assert {path.parent.name for path in made} == {"tables"}
        assert {path.stem for path in made} == {*tables(), "dictionary"}
        key = json.loads(sample.read_text("utf-8"))["study"]["study_key"]
        assert all(key in path.read_text("utf-8") for path in made if path.stem == "sides")


@pytest.mark.long
def test_r_reads_the_same_numbers_and_keys_as_the_page_says(report, checkout, tmp_path):
    """Needs R (Debian: r-base-core), which ``make test-long`` installs."""
    rscript = shutil.which("Rscript")
    assert rscript, "Rscript is not here: install r-base-core"
    data = report.model_dump(mode="json")
    data["study"]["study_key"] = "0012345678901234"
    mriview.export(Report.model_validate(data), tmp_path / "demo_tables", ["tables"])
    page = (checkout / "docs/tables.md").read_text("utf-8")
    (code,) = re.findall(r"```r\n(.*?)```", page, flags=re.DOTALL)
    shown = "d <- contacts; cat(class(d$arc_mm), class(d$blind), d$study_key[1], d$arc_mm)"
    said = subprocess.run(
        [rscript, "-e", code + shown], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    number, truth, key, *arcs = said.stdout.split()
    assert (number, truth, key) == ("numeric", "logical", "0012345678901234")
    mine = [row["arc_mm"] for row in rows_of(report)["contacts"]]
    assert [float(arc) for arc in arcs] == pytest.approx(mine, rel=1e-5)
