"""Tables for statistics: tidy, whole, numeric where they are numbers, and safe to open."""

import csv
import io
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

# Values of the report that no table has, and why.
NOT_TABLED = {
    "$.format": "the same in every report",
    "$.study.frame_groups[*].id": "geometry: for programs that draw",
    "$.study.frame_groups[*].series": "geometry",
    "$.study.midline.origin": "marked by hand, always, in this version",
    "$.study.series[*].lps_from_index": "geometry",
    "$.study.series[*].role_reasons": "sentences",
    "$.study.series[*].coverage.*.fraction": "null until it is measured",
    "$.study.series[*].coverage.*.reason": "a sentence",
    "$.study.series[*].coverage.*.confirmed": "what is listed as covered is confirmed",
    "$.study.series[*].problems[*].severity": "a property of the code",
    "$.study.series[*].problems[*].message": "a sentence",
    "$.protocol.quality[*].code": "stands with its series",
    "$.protocol.quality[*].series": "stands with its series",
    "$.protocol.quality[*].severity": "stands with its series",
    "$.registrations[*]": "geometry: for programs that draw",
    "$.clinical.comparison.changes[*]": "from report to report, not of one reading",
    "$.sides.*.nerves.*.path_mm": "geometry; where it begins is a column",
    "$.sides.*.nerves.*.landmarks.*": "of other nerves and the transition zone: geometry",
    "$.sides.*.nerves.*.visible_mm": "of other nerves",
    "$.sides.*.nerves.*.assessable_mm": "of other nerves",
    "$.sides.*.nerves.*.artefact_mm": "spans without a number of their own",
    "$.sides.*.contacts[*].primitive.positions": "geometry; the nearest points are columns",
    "$.sides.*.contacts[*].severity[*].reader": "the reader of the row",
    "$.sides.*.contacts[*].severity[*].pass": "the pass of the row",
    "$.sides.*.contacts[*].severity[*].off_label": "follows from scale and nerve",
    "$.lesions[*].severity[*].reader": "the reader of the row",
    "$.lesions[*].severity[*].pass": "the pass of the row",
    "$.lesions[*].severity[*].off_label": "a lesion has no nerve",
    "$.masks[*]": "voxels: their own files",
    "$.exclusion_groups[*]": "derived from the rows of exclusions",
    "$.passes[*].signed": "the signature has it",
    "$.sign_off.overrides[*].guard": "the path says it",
    "$.sign_off.overrides[*].reason": "a sentence",
    "$.record.head_sha256": "null until the record is chained",
    "$.limits[*].text": "a property of the code",
    "$.notes[*]": "remarks, for people",
}
HOSTILE = st.text(max_size=20) | st.sampled_from([
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1", "'quoted", "a,b", 'say "x"',
    "two\nlines", "two\r\nlines", "مرحبا", "", "\N{NO-BREAK SPACE}-2", "-0.5",
])  # fmt: skip


def a_rich_report():
    review = mriview.open_review(r.a_study(), clock=r.a_clock())
    known = {"symptom_side": "left", "syndrome": "hemifacial_spasm", "onset_years": 2.5}
    treated = [{"kind": "botulinum_toxin", "side": "left", "months_ago": 4, "effect": "partial"}]
    for command in r.a_complete_reading():
        if command["command"] == "set_clinical":
            said = {"blinded": False, **known, "treatments": treated}
            review.apply(r.a_command("set_clinical", **said))
        else:
            review.apply(command)
    review.apply(r.a_contact(position=[15.0, -1.0, -1.0], note="-1"))
    review.apply(r.a_command("decide", contact="c2", decision="rejected"))
    nearby = {"side": "right", "vessel": "pica", "position": [-11, 0, -4]}
    review.apply(r.a_command("add_nearby_vessel", **nearby))
    lesion = {"condition": "lipoma", "position": [24.0, -3.0, 0.0]}
    review.apply(r.a_command("add_lesion", **lesion, note="=cmd"))
    return mriview.build_report(review.study, review)


@pytest.fixture(scope="module")
def report():
    return a_rich_report()


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
    held = map(as_pattern, leaves(schema, schema["$defs"]))
    missing = [
        path
        for path in held
        if path not in tabled and not any(path.startswith(left) for left in NOT_TABLED)
    ]
    assert missing == []


def test_a_reason_to_have_no_column_is_given_only_for_what_the_report_holds():
    schema = Report.model_json_schema()
    held = set(map(as_pattern, leaves(schema, schema["$defs"])))
    assert [left for left in NOT_TABLED if not any(path.startswith(left) for path in held)] == []


def test_both_sides_have_a_row_also_where_nothing_was_said():
    review = mriview.open_review(r.a_study(), clock=r.a_clock())
    rows = rows_of(mriview.build_report(review.study, review))["sides"]
    assert [row["side"] for row in rows] == ["right", "left"]
    assert {row["assessment"] for row in rows} == {None}
    assert {row["assessment_missing"] for row in rows} == {"NA_not_assessed"}


def test_a_rejected_contact_keeps_its_row_and_says_so(report):
    rows = rows_of(report)["contacts"]
    assert [(row["contact"], row["decision"]) for row in rows] == [
        ("c1", "accepted"),
        ("c2", "rejected"),
    ]


def test_why_a_cell_is_empty_stands_beside_it(report):
    (nearby,) = rows_of(report)["vessels_nearby"]
    assert (nearby["gap_mm"], nearby["gap_mm_missing"]) == (None, "NA_withheld")
    study = rows_of(report)["studies"][0]
    assert (study["amends"], study["amends_missing"]) == (None, "NA_not_applicable")
    assert (study["emg"], study["emg_missing"]) == (None, "NA_not_assessed")
    blind = mriview.open_review(r.a_study(), clock=r.a_clock())
    blind.apply(r.a_command("set_clinical", blinded=True))
    study = rows_of(mriview.build_report(blind.study, blind))["studies"][0]
    assert (study["symptom_side"], study["symptom_side_missing"]) == (None, "NA_blinded")


def test_a_cell_is_empty_exactly_where_a_code_says_why(report):
    for name, table in tables().items():
        for row in rows_of(report)[name]:
            for column in table.columns:
                if column.kind == "missing":
                    cell, code = row[column.name.removesuffix(MISSING)], row[column.name]
                    assert (cell is None) == (code in MISSING_CODES), (name, column.name)
                elif not column.empty:
                    assert row[column.name] is not None, (name, column.name)


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


@given(st.lists(HOSTILE, min_size=1, max_size=4))
def test_no_text_starts_a_formula_and_every_text_reads_back(texts):
    written_csv = csv_of(["n", "text"], [{"n": -0.5, "text": text} for text in texts])
    assert written_csv.count(b"\r\n-0.5,") == len(texts)
    rows = list(csv.reader(io.StringIO(written_csv.decode(), newline="")))
    assert rows[0] == ["n", "text"]
    assert len(rows) == len(texts) + 1
    for (_, cell), text in zip(rows[1:], texts, strict=True):
        assert not re.match(r"\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]", cell)
        assert (cell.removeprefix("'")) == text


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
def test_r_reads_the_same_numbers(written_tables, tmp_path):
    """Needs R (Debian: r-base-core), which ``make test-long`` installs."""
    file = tmp_path / "contacts.csv"
    file.write_bytes(written_tables["tables/contacts.csv"])
    rscript = shutil.which("Rscript")
    assert rscript, "Rscript is not here: install r-base-core"
    code = f'd <- read.csv("{file.as_posix()}"); cat(class(d$arc_mm), class(d$segment), d$arc_mm)'
    said = subprocess.run([rscript, "-e", code], capture_output=True, text=True, check=True)
    number, word, *arcs = said.stdout.split()
    assert (number, word) == ("numeric", "character")
    mine = as_frame(written_tables, "contacts")["arc_mm"]
    assert [float(arc) for arc in arcs] == pytest.approx(list(mine), rel=1e-5)
