"""Laws that every table keeps: ids, both languages, references, words that are never used."""

import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import FrozenInstanceError, fields, is_dataclass
from importlib.resources import files
from typing import Any

import pytest

from mriview import vocabulary as v
from mriview.vocabulary import Label
from mriview.vocabulary.claims import CLAIMS

TABLES: dict[str, Callable[[], Mapping[str, Any]]] = {
    path.name.removesuffix(".toml"): getattr(v, path.name.removesuffix(".toml"))
    for path in sorted(
        files("mriview.vocabulary").joinpath("tables").iterdir(), key=lambda path: path.name
    )
}
ALL_ROWS = [(name, row) for name, table in TABLES.items() for row in table().values()]
FORBIDDEN = (
    "normal|unremarkable|excluded|ruled out|consistent with|diagnostic of"
    "|unauffällig|ausgeschlossen|vereinbar mit"
)


def labels(value: object) -> Iterator[Label]:
    if isinstance(value, Label):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from labels(getattr(value, field.name))


def placeholders(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_read_once_and_cannot_be_changed(name: str) -> None:
    rows = TABLES[name]()
    assert rows
    assert TABLES[name]() is rows
    with pytest.raises(TypeError):
        rows["new"] = None
    row = next(iter(rows.values()))
    with pytest.raises((FrozenInstanceError, TypeError)):
        row.id = "other"


@pytest.mark.parametrize("name", TABLES)
def test_ids_are_snake_case_words(name: str) -> None:
    form = r"L(_[A-Z0-9]+)+" if name == "limits" else r"[a-z][a-z0-9]*(_[a-z0-9]+)*"
    assert [row for row in TABLES[name]() if not re.fullmatch(form, row)] == []


@pytest.mark.parametrize("name", TABLES)
def test_every_label_is_there_in_both_languages(name: str) -> None:
    for row in TABLES[name]().values():
        for label in labels(row):
            for text in (label.en, label.de):
                assert text, row.id
                assert text == text.strip(), row.id


def test_a_paired_structure_has_a_row_for_each_side_and_the_id_says_which() -> None:
    for key, row in v.structures().items():
        if row.side is None:
            assert not key.endswith(("_r", "_l"))
        else:
            assert key.endswith(f"_{row.side[0]}")
            assert f"{key[:-2]}_r" in v.structures()
            assert f"{key[:-2]}_l" in v.structures()


def test_right_and_left_mirror_each_other_and_left_is_plus_x() -> None:
    for key, row in v.sides().items():
        if row.other is not None:
            across = v.sides()[row.other]
            assert across.other == key
            assert across.x_sign is not None
            assert row.x_sign == -across.x_sign
    assert v.sides()["left"].x_sign == 1
    assert v.sides()["midline"].x_sign is None


def test_labels_of_one_table_are_told_apart() -> None:
    for name, table in TABLES.items():
        for language in ("en", "de"):
            said = [
                getattr(row.label, language) for row in table().values() if hasattr(row, "label")
            ]
            assert len(said) == len(set(said)), name


def sentences(row: object) -> Iterator[str]:
    """Whatever of a row comes out of the tool: labels, and the words of problems and roles."""
    for label in labels(row):
        yield from (label.en, label.de)
    for field in ("found", "remedy", "shows", "cannot_show"):
        text = getattr(row, field, "")
        if isinstance(text, str):
            yield text


def test_forbidden_words_stand_in_no_sentence_of_a_row() -> None:
    for name, row in ALL_ROWS:
        for text in sentences(row):
            assert not re.search(rf"\b({FORBIDDEN})\b", text, re.IGNORECASE), (name, row.id)
            assert not CLAIMS.search(text), (name, row.id)


def test_every_pitfall_of_a_sequence_is_a_finding_that_a_reader_can_choose() -> None:
    pitfalls = "banding flow_void slow_flow pulsation tof_saturation tof_overlap wrap "
    pitfalls += "susceptibility motion b1_shading partial_volume distortion_2d"
    assert set(pitfalls.split()) <= set(v.quality_findings())


def test_a_limit_stands_inside_other_sentences_and_has_the_same_placeholders_in_both() -> None:
    for row in v.limits().values():
        assert placeholders(row.text.en) == placeholders(row.text.de)
        assert not row.text.en.endswith(".")
        assert not row.text.de.endswith(".")


def test_statements_have_known_placeholders_in_both_languages_and_end_with_a_full_stop() -> None:
    known = {"vessel", "segment", "side", "limit", "condition"}
    for row in v.statements().values():
        assert placeholders(row.text.en) == placeholders(row.text.de) <= known
        assert row.text.en.endswith(".")
        assert row.text.de.endswith(".")


@pytest.mark.parametrize("assessment", v.assessments())
@pytest.mark.parametrize("zone", ["proximal", "distal"])
@pytest.mark.parametrize("deformity", [True, False])
def test_every_side_has_exactly_one_statement(assessment: str, zone: str, deformity: bool) -> None:
    fitting = [
        row.id
        for row in v.statements().values()
        if row.assessment == assessment
        and row.zone in (None, zone)
        and row.deformity in (None, deformity)
    ]
    assert len(fitting) == 1


def test_a_full_sentence_can_be_filled_from_labels() -> None:
    row = v.statements()["nvc_proximal_contact"]
    words = {
        "vessel": v.vessels()["aica"],
        "segment": v.segments()["as"],
        "side": v.sides()["left"],
    }
    english = row.text.en.format(**{key: one.label.en for key, one in words.items()})
    german = row.text.de.format(**{key: one.label.de for key, one in words.items()})
    assert english == (
        "anterior inferior cerebellar artery touches the proximal facial nerve (attached segment)"
        " on the left without deformity."
    )
    assert german == (
        "Kontakt zwischen Arteria cerebelli inferior anterior und Nervus facialis links,"
        " hirnstammnah (anliegendes Segment), ohne Verformung."
    )


def test_every_problem_is_two_clauses_without_full_stops() -> None:
    for row in v.problems().values():
        for text in (row.found, row.remedy):
            assert text, row.id
            assert not text.endswith("."), row.id
        assert placeholders(row.remedy) == set(), row.id


def test_constants_are_positive_and_say_their_unit_and_source() -> None:
    for row in v.constants().values():
        assert row.value > 0
        assert row.source
        assert row.id.endswith(f"_{row.unit}") or row.unit == "1", row.id
    assert v.constant("touching_high_mm") == 0.3


def test_what_a_study_must_hold_names_known_roles_and_limits() -> None:
    for row in v.completeness().values():
        assert row.limit in v.limits()
        assert all(row.alternatives)
        assert {role for roles in row.alternatives for role in roles} <= set(v.roles())


def test_certainty_falls_with_the_voxel_edge() -> None:
    rows = list(v.certainties().values())
    assert [row.rank for row in rows] == [2, 1, 0]
    assert [row.max_edge_mm for row in rows] == [0.6, 0.8, 1.0]
