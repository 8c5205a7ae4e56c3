"""Agreement between readers: what is counted, what intervals rest on, what is left out."""

import csv
import io
import itertools

import numpy as np
import pytest
import reader_studies as rs
import readings as r
from hypothesis import given, settings
from hypothesis import strategies as st

import mriview
from mriview.errors import InputError, MissingExtraError, UsageError
from mriview.exporters.tables import rows_of, tables
from mriview.workflow.agreement import agreement, agreement_documents
from mriview.workflow.agreement.questions import asked, questions
from mriview.workflow.agreement.resampling import LEAST_PATIENTS, RESAMPLES, intervals
from mriview.workflow.agreement.sums import sums_of
from mriview.workflow.agreement.tables import agreement_rows, columns, pair_rows

ANSWERS = ("contact", "no_contact", "indeterminate")
ANSWER = st.sampled_from(ANSWERS)
STUDIES = st.lists(
    st.tuples(st.tuples(ANSWER, ANSWER), st.tuples(ANSWER, ANSWER)), min_size=1, max_size=30
)


def values(rows, question="assessment", readers=None, **said):
    """Value, interval and reason by statistic."""
    found = agreement_rows(agreement(rows, **said))
    return {
        row["statistic"]: row
        for row in found
        if row["question"] == question
        and (readers is None or (row["reader_a"], row["reader_b"]) == readers)
    }


def some_studies(count=30, seed=0, wrong=0.2, readers=2, linked=False):
    """Studies whose readers see a hidden truth and err; ``linked``: both sides are one."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        truth = random.integers(0, 2, 2)
        errs = random.random((readers, 2)) < wrong
        if linked:
            truth[1], errs[:, 1] = truth[0], errs[:, 0]
        said = [[ANSWERS[one] for one in np.where(err, 1 - truth, truth)] for err in errs]
        made.append(tuple(zip(*said, strict=True)))
    return made


# What is counted.


def test_two_readers_who_always_agree_reach_one():
    rows = rs.a_study_of(*itertools.repeat((("contact",) * 2, ("no_contact",) * 2), 25))
    found = values(rows)
    assert {name: row["value"] for name, row in found.items()} == {
        "raw_agreement": 1.0,
        "kappa": 1.0,
        "ac1": 1.0,
    }
    assert found["kappa"]["reason"] == "all_alike"
    assert (found["kappa"]["low"], found["kappa"]["low_missing"]) == (None, "NA_withheld")


def test_the_counts_are_those_of_the_readings():
    rows = rs.a_study_of(
        (("contact", "no_contact"), ("contact", "contact")),
        (("no_contact", "no_contact"), (None, "contact")),
        ((None, None), ("contact", "contact")),
    )
    row = values(rows)["kappa"]
    assert (row["n_studies"], row["n_patients"], row["n_units"]) == (3, 3, 5)
    assert (row["n_both"], row["n_one_only"], row["raw_agreement"]) == (4, 1, 0.75)
    met = {
        (one["answer_a"], one["answer_b"]): one["n"]
        for one in pair_rows(agreement(rows))
        if one["question"] == "assessment"
    }
    assert met == {
        ("contact", "contact"): 2,
        ("contact", "no_contact"): 1,
        ("no_contact", "no_contact"): 1,
    }


def test_an_answer_that_cannot_be_decided_is_an_answer():
    rows = rs.a_study_of((("indeterminate", "indeterminate"), ("indeterminate", "no_contact")))
    row = values(rows)["raw_agreement"]
    assert (row["n_both"], row["value"]) == (2, 0.5)


def test_where_one_answer_is_all_there_is_kappa_has_no_value_and_ac1_has():
    rows = rs.a_study_of(*itertools.repeat((("contact",) * 2, ("contact",) * 2), 25))
    found = values(rows)
    assert (found["kappa"]["value"], found["kappa"]["reason"]) == (None, "one_answer")
    assert found["kappa"]["value_missing"] == "NA_withheld"
    assert (found["ac1"]["value"], found["raw_agreement"]["value"]) == (1.0, 1.0)


def test_a_published_table_goes_the_whole_way():
    """Feinstein and Cicchetti, J Clin Epidemiol 1990;43:543: 85 % the same, and a kappa of 0.32."""
    met = [("contact", "contact")] * 80 + [("contact", "no_contact")] * 10
    met += [("no_contact", "contact")] * 5 + [("no_contact", "no_contact")] * 5
    found = values(rs.a_study_of(*((pair, (None, None)) for pair in met)))
    assert round(found["kappa"]["value"], 2) == 0.32
    assert round(found["ac1"]["value"], 2) == 0.81  # of the two answers that were given
    assert found["kappa"]["commonest_share"] == 0.875
    assert found["kappa"]["low"] < 0.32 < found["kappa"]["high"]


def test_a_study_that_one_reader_has_not_read_is_no_missing_answer():
    rows = rs.a_study_of((("contact",) * 2, ("contact",) * 2))
    rs.add_reading(rows, "alone", "A", {"right": "contact", "left": "contact"})
    assert values(rows)["ac1"]["n_units"] == 2


def test_only_signed_readings_count_and_of_those_the_latest():
    rows = rs.no_rows()
    for reader, first, second in (("A", "contact", "no_contact"), ("B", "contact", "contact")):
        rs.add_reading(rows, "s", reader, {"right": first}, number=1)
        rs.add_reading(rows, "s", reader, {"right": second}, number=2, status="amended")
        rs.add_reading(rows, "s", reader, {"right": first}, number=3, status="draft")
    found = agreement(rows)
    assert (found.readings.superseded, found.readings.unsigned) == (2, 2)
    assert values(rows)["raw_agreement"]["value"] == 0
    assert values(rows, unsigned=True)["raw_agreement"]["value"] == 1


def test_a_study_that_nobody_has_read_is_no_reading():
    rows = rs.a_study_of((("contact",) * 2, ("contact",) * 2))
    rs.add_reading(rows, "unread", None, status="draft")
    found = agreement(rows)
    assert found.readings.readers == ("A", "B")
    assert (found.readings.unsigned, len(found.readings.studies)) == (0, 1)


def test_rows_may_come_one_by_one_and_from_columns_of_a_site():
    rows = rs.a_study_of(*some_studies(25))
    running = {
        name: ({"study_key": row["study_key"], "patient": "p", **row} for row in found)
        for name, found in rows.items()
    }
    assert agreement_rows(agreement(running)) == agreement_rows(agreement(rows))


def test_the_same_reading_given_twice_counts_once():
    rows = rs.a_study_of(*some_studies(25))
    twice = {name: [*found, *found] for name, found in rows.items()}
    assert agreement_rows(agreement(twice)) == agreement_rows(agreement(rows))


def test_what_the_tool_derived_is_nobodys_judgement():
    rows = rs.no_rows()
    rs.add_reading(rows, "s", "A", causes={"avm": "derived", "meningioma": "absent"})
    rs.add_reading(rows, "s", "B", causes={"avm": "derived", "meningioma": "present"})
    questions_asked = {row["question"] for row in agreement_rows(agreement(rows))}
    assert "cause:avm" not in questions_asked
    assert values(rows, "causes")["raw_agreement"]["n_both"] == 1
    assert values(rows, "cause:meningioma")["raw_agreement"]["value"] == 0


def an_offender(arc_mm=3.0, vessel="aica", **said):
    contact = {"arc_mm": arc_mm, "vessel": vessel, "direction": "caudal", **said}
    side = {"assessment": "contact", "offender_vessel": vessel, "contact": contact}
    return {**side, "grades": {"contact_deformity_2021": "1"}}


@pytest.mark.parametrize(
    ("other", "compared"),
    [
        (an_offender(4.9), 1),
        (an_offender(5.1), 0),
        (an_offender(3.0, "vein_unspecified"), 0),
        (an_offender(3.0, "vessel_unspecified"), 1),
        (an_offender(None), 0),
    ],
)
def test_grades_are_compared_where_both_mean_the_same_contact(other, compared):
    rows = rs.no_rows()
    rs.add_reading(rows, "s", "A", {"left": an_offender(3.0)})
    rs.add_reading(rows, "s", "B", {"left": other})
    row = values(rows, "severity:contact_deformity_2021")["raw_agreement"]
    assert (row["n_both"], row["n_not_comparable"]) == (compared, 1 - compared)


def test_where_the_offender_lies_is_compared_however_far_the_readers_are_apart():
    rows = rs.no_rows()
    for number, (one, other) in enumerate([(1.0, 2.0), (3.0, 9.0), (5.0, 5.0)]):
        for reader, arc_mm in (("A", one), ("B", other)):
            rs.add_reading(rows, f"s{number}", reader, {"left": an_offender(arc_mm)})
    found = values(rows, "offender_arc_mm")
    assert found["bias_mm"]["value"] == pytest.approx(7 / 3, abs=1e-4)
    assert found["icc_a1"]["n_both"] == 3
    assert found["limit_high_mm"]["value"] > found["bias_mm"]["value"]


def test_positions_are_compared_in_one_frame_only():
    rows = rs.no_rows()
    at = {"on_nerve_x_mm": 10.0, "on_nerve_y_mm": 0.0, "on_nerve_z_mm": 0.0}
    away = {**at, "on_nerve_y_mm": 3.0, "on_nerve_z_mm": 4.0}
    for study, frame in (("s1", "aaaaaaaa"), ("s2", "bbbbbbbb")):
        rs.add_reading(rows, study, "A", {"left": an_offender(**at)})
        rs.add_reading(rows, study, "B", {"left": an_offender(**away)}, reference_series=frame)
    row = values(rows, "offender_place")["median_distance_mm"]
    assert (row["value"], row["n_both"], row["n_not_comparable"]) == (5.0, 1, 1)


def test_of_several_lesions_the_largest_is_compared():
    rows = rs.no_rows()
    for reader, sizes in (("A", (4.0, 12.0)), ("B", (11.0,))):
        lesions = [{"condition": "meningioma", "side": "left", "longest_mm": mm} for mm in sizes]
        rs.add_reading(rows, "s", reader, lesions=lesions)
    found = values(rows, "lesion_longest_mm")
    assert found["bias_mm"]["value"] == -1.0
    assert (found["icc_a1"]["value"], found["icc_a1"]["reason"]) == (None, "one_unit")


def test_sides_with_and_without_symptoms_are_strata_of_their_own():
    rows = rs.no_rows()
    for reader, on_left in (("A", "contact"), ("B", "no_contact")):
        sides = {"right": "no_contact", "left": on_left}
        rs.add_reading(rows, "s", reader, sides, symptom_side="left" if reader == "A" else None)
    assert values(rows, "contact_symptomatic")["raw_agreement"]["value"] == 0
    assert values(rows, "contact_asymptomatic")["raw_agreement"]["value"] == 1


def test_an_ordered_answer_counts_by_how_far_it_is_away():
    rows = rs.no_rows()
    steps = ("possible", "probable", "definite")
    for number, (one, other) in enumerate(itertools.product(range(3), range(3))):
        near = other if abs(one - other) < 2 else one
        for reader, step in (("A", one), ("B", near)):
            side = {"assessment": "contact", "confidence": steps[step]}
            rs.add_reading(rows, f"s{number}", reader, {"right": side})
    found = {name: row["value"] for name, row in values(rows, "confidence").items()}
    assert found["kappa"] < found["kappa_linear"] < found["kappa_quadratic"]


def test_more_than_two_readers_are_compared_by_pairs_and_together():
    rows = rs.a_study_of(*some_studies(readers=3), readers=("A", "B", "C"))
    found = [row for row in agreement_rows(agreement(rows)) if row["question"] == "contact"]
    groups = {(row["scope"], row["reader_a"], row["reader_b"], row["readers"]) for row in found}
    assert groups == {
        ("pair", "A", "B", 2),
        ("pair", "A", "C", 2),
        ("pair", "B", "C", 2),
        ("all", None, None, 3),
    }
    together = {row["statistic"]: row for row in found if row["scope"] == "all"}
    assert set(together) == {"raw_agreement", "fleiss_kappa", "ac1"}
    assert together["ac1"]["reader_a_missing"] == "NA_not_applicable"
    pairs = [row["value"] for row in found if row["statistic"] == "raw_agreement"][:3]
    assert together["raw_agreement"]["value"] == pytest.approx(np.mean(pairs), abs=1e-4)


def test_a_consensus_is_no_reader_unless_it_is_named():
    rows = rs.a_study_of(*some_studies(3, readers=3), readers=("A", "B", "consensus"))
    assert agreement(rows).readings.readers == ("A", "B")
    named = agreement(rows, readers=("A", "consensus"))
    assert named.readings.readers == ("A", "consensus")


# Laws.


@given(STUDIES)
@settings(max_examples=20)
def test_swapping_the_readers_turns_the_table_and_changes_no_number(studies):
    swapped = [tuple(side[::-1] for side in study) for study in studies]
    one, other = values(rs.a_study_of(*studies)), values(rs.a_study_of(*swapped))
    assert {name: row["value"] for name, row in one.items()} == {
        name: row["value"] for name, row in other.items()
    }
    turned = {
        (row["question"], row["answer_b"], row["answer_a"], row["n"])
        for row in pair_rows(agreement(rs.a_study_of(*swapped)))
    }
    assert turned == {
        (row["question"], row["answer_a"], row["answer_b"], row["n"])
        for row in pair_rows(agreement(rs.a_study_of(*studies)))
    }


@given(st.randoms())
@settings(max_examples=5)
def test_the_order_of_the_rows_changes_nothing(random):
    rows = rs.a_study_of(*some_studies(25))
    mixed = {name: random.sample(found, len(found)) for name, found in rows.items()}
    assert agreement_documents(agreement(mixed)) == agreement_documents(agreement(rows))


def test_the_same_rows_and_seed_give_the_same_bytes_and_another_seed_other_intervals():
    rows = rs.a_study_of(*some_studies())
    assert agreement_documents(agreement(rows)) == agreement_documents(agreement(rows))
    one, other = values(rows)["ac1"], values(rows, seed=1)["ac1"]
    assert (one["value"], one["low"]) != (other["value"], other["low"])
    assert one["value"] == other["value"]
    assert "seed 1" in other["method"]


# Intervals.


def width(row):
    return row["high"] - row["low"]


def test_two_sides_that_always_answer_alike_are_no_two_witnesses():
    """Both sides of each patient are the same: an interval over patients is that of one side."""
    linked = some_studies(60, linked=True)
    of_both = rs.a_study_of(*linked)
    of_one = rs.a_study_of(*((study[0], (None, None)) for study in linked))
    as_patients = {f"s{number:04}": f"p{number:04}" for number in range(len(linked))}
    apart = rs.no_rows()
    for number, study in enumerate(linked):
        for place, side in enumerate(study):
            for reader, answer in zip("AB", side, strict=True):
                rs.add_reading(apart, f"s{number:04}{place}", reader, {"right": answer})
    clustered, single = values(of_both)["kappa"], values(of_one)["kappa"]
    unclustered = values(apart)["kappa"]
    assert clustered["value"] == unclustered["value"] == single["value"]
    assert (clustered["low"], clustered["high"]) == (single["low"], single["high"])
    assert width(clustered) > 1.25 * width(unclustered)  # sqrt(2) but for chance
    together = {
        f"{study}{place}": patient for study, patient in as_patients.items() for place in (0, 1)
    }
    assert values(apart, patients=together)["kappa"]["low"] == clustered["low"]


def test_an_interval_is_that_of_patients_drawn_one_by_one():
    rows = rs.a_study_of(*some_studies(25))
    comparison = next(one for one in agreement(rows).comparisons if one.question.id == "contact")
    sums = sums_of(comparison.answered)
    kappa = sums.statistic("kappa")
    (found,) = intervals([kappa], sums.patients, seed=3)
    random = np.random.default_rng(99)
    drawn = []
    for _ in range(RESAMPLES):
        times = np.bincount(random.integers(0, sums.patients, sums.patients), minlength=25)
        drawn.append(float(kappa(times.astype(float))))
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert found.low == pytest.approx(low, abs=0.05)
    assert found.high == pytest.approx(high, abs=0.05)


def test_few_patients_have_values_and_no_interval():
    rows = rs.a_study_of(*some_studies(LEAST_PATIENTS - 1))
    row = values(rows)["ac1"]
    assert row["value"] is not None
    assert (row["low"], row["high"], row["reason"]) == (None, None, "few_patients")
    enough = values(rs.a_study_of(*some_studies(LEAST_PATIENTS)))["ac1"]
    assert enough["low"] < enough["value"] < enough["high"]


def test_kappa_that_hangs_on_a_single_patient_has_no_interval():
    rows = rs.a_study_of(
        (("no_contact", "contact"), ("contact", "contact")),
        *itertools.repeat((("contact",) * 2, ("contact",) * 2), 24),
    )
    assert values(rows)["kappa"]["reason"] in {"often_undefined", "all_alike"}
    assert values(rows)["ac1"]["reason"] is None


@given(STUDIES)
@settings(max_examples=15)
def test_every_value_lies_in_its_range_and_in_its_interval_or_says_why_not(studies):
    for row in agreement_rows(agreement(rs.a_study_of(*studies))):
        for name in ("value", "low", "high"):
            assert (row[name] is None) == (row[f"{name}_missing"] is not None)
        if row["low"] is None:
            assert row["reason"]
            continue
        assert -1 <= row["low"] <= row["high"] <= 1


# What is refused, and what stands in the files.


def test_one_reader_alone_is_refused_with_how_many_are_unsigned():
    rows = rs.a_study_of((("contact",) * 2, ("contact",) * 2))
    for row in rows["studies"]:
        row["status"] = "final" if row["reader"] == "A" else "draft"
    with pytest.raises(InputError, match=r"needs 2 readers, here 1 .* \(1 are not signed\)"):
        agreement(rows)
    with pytest.raises(UsageError, match="reader_unknown"):
        agreement(rows, readers=("nobody",))


def test_without_the_library_it_says_how_to_get_it(monkeypatch):
    import importlib.metadata

    from mriview.workflow.agreement import published

    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(published, "version", absent)
    with pytest.raises(MissingExtraError, match=r"pip install 'mriview\[statistics\]'") as refused:
        agreement(rs.a_study_of((("contact",) * 2, ("contact",) * 2)))
    assert refused.value.exit_code == 5


def test_readers_who_share_no_study_leave_empty_tables():
    rows = rs.no_rows()
    rs.add_reading(rows, "s1", "A", {"right": "contact"})
    rs.add_reading(rows, "s2", "B", {"right": "contact"})
    files = agreement_documents(agreement(rows))
    assert len(files["agreement.csv"].splitlines()) == 1
    assert b"0 studies of 0 patients were read by at least two" in files["agreement.html"]


def test_the_tables_have_the_columns_of_their_dictionary_and_numbers_are_numbers():
    files = agreement_documents(agreement(rs.a_study_of(*some_studies(25))))
    explained = list(csv.DictReader(io.StringIO(files["agreement_dictionary.csv"].decode())))
    for table in ("agreement", "agreement_pairs"):
        read = list(csv.DictReader(io.StringIO(files[f"{table}.csv"].decode())))
        own = [one["column"] for one in explained if one["table"] == table]
        assert [name for name in read[0] if not name.endswith("_missing")] == own
        for one in columns():
            if one.table == table and one.type in {"integer", "number"}:
                assert all(row[one.id] == "" or float(row[one.id]) < 1e6 for row in read)
        assert all("nan" not in row.values() for row in read)


def test_every_question_is_about_a_column_that_there_is():
    for question in questions().values():
        known = {column.name for column in tables()[question.table].columns}
        assert set(question.columns) <= known
        assert {question.each, "reader", "study_key", "report_id"} - {""} <= known
        if question.order and question.words:
            words = getattr(mriview.vocabulary, question.words)()
            assert set(question.order) <= set(words)


def test_real_readings_go_the_whole_way(tmp_path):
    rows = rs.no_rows()
    study = r.a_study()
    for reader, vessel in (("R1", "aica"), ("R2", "pica")):
        review = mriview.open_review(study, clock=r.a_clock(), reader=reader)
        for command in r.a_signed_reading():
            if command["command"] == "add_contact":
                command["args"]["vessel"] = vessel
            review.apply(command)
        for name, found in rows_of(mriview.build_report(study, review)).items():
            rows[name] += found
    found = {
        row["question"]: row["value"]
        for row in agreement_rows(agreement(rows))
        if row["statistic"] in {"raw_agreement", "median_distance_mm"}
    }
    assert found["assessment"] == 1
    assert found["offender_vessel"] == 0
    assert found["severity:contact_deformity_2021"] == 1
    assert found["offender_place"] == 0
    assert found["causes"] == 1
    assert "cause:meningioma" not in found  # derived: the scans allow no judgement
    assert {question.id for question in asked(rows)} > set(found)
