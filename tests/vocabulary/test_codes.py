"""Codes: public ones are those of DICOM's own tables, word for word; private ones fit and stay."""

from collections.abc import Iterator
from functools import cache

import pytest
from pydicom.datadict import tag_for_keyword
from pydicom.sr import codes

from mriview import vocabulary as v
from mriview.vocabulary import Code

CODED = (
    "nerves", "landmarks", "segments", "vessels", "conditions", "roles", "morphologies",
    "directions", "syndromes", "sides", "certainties", "assessments", "answers", "quantities",
    "severity_scales", "symptoms", "emg_findings", "treatments", "treatment_effects", "implants",
    "quality_findings", "quality_grades", "anatomy_items", "lesion_extents", "comparison_changes",
    "recommendations",
)  # fmt: skip
UNCODED = {  # words of this house, or words of which some have no concept yet
    "directions", "treatment_effects", "quality_findings", "anatomy_items", "lesion_extents",
    "comparison_changes", "recommendations", "severity_scales", "symptoms", "landmarks", "segments",
}  # fmt: skip
SCHEMES = ("99MRIVIEW", "SCT", "DCM", "UCUM", "IBSI", "RADLEX", "NCIt", "LN")


@cache
def known(scheme: str) -> frozenset[tuple[str, str]]:
    """Every (value, meaning) that pydicom's copy of PS3.16 holds."""
    concepts = getattr(codes, scheme)
    every = (getattr(concepts, word) for word in concepts.dir())
    return frozenset((code.value, code.meaning) for code in every)


def coded(table: str) -> Iterator[tuple[str, Code]]:
    for row in getattr(v, table)().values():
        if row.code is not None:
            yield row.id, row.code
        for level in getattr(row, "levels", ()):
            if level.code is not None:
                yield f"{row.id} {level.id}", level.code


@pytest.mark.parametrize("table", CODED)
def test_a_public_code_has_the_value_and_the_words_of_the_standard(table: str) -> None:
    for row_id, code in coded(table):
        assert code.scheme in SCHEMES, row_id
        if code.scheme != "99MRIVIEW":
            assert (code.value, code.meaning) in known(code.scheme), row_id


@pytest.mark.parametrize("table", CODED)
def test_a_private_code_fits_into_the_attributes_of_a_structured_report(table: str) -> None:
    for row_id, code in coded(table):
        assert 0 < len(code.value) <= 16, row_id
        assert 0 < len(code.meaning) <= 64, row_id
        if code.scheme == "99MRIVIEW":
            assert code.value[1] == "-", row_id
            assert code.value.isascii(), row_id
            assert code.value == code.value.upper(), row_id


@pytest.mark.parametrize("table", CODED)
def test_two_rows_of_a_table_never_share_a_code(table: str) -> None:
    pairs = [(code.scheme, code.value) for _, code in coded(table)]
    assert len(pairs) == len(set(pairs))


def test_one_code_has_one_meaning_in_all_tables() -> None:
    meanings: dict[tuple[str, str], str] = {}
    for table in CODED:
        for _, code in coded(table):
            assert meanings.setdefault((code.scheme, code.value), code.meaning) == code.meaning


def test_only_words_without_a_concept_have_no_code() -> None:
    for table in CODED:
        without = {row.id for row in getattr(v, table)().values() if row.code is None}
        assert not without or table in UNCODED


def test_units_are_those_of_ucum() -> None:
    units = {value for value, _ in known("UCUM")}
    for row in v.quantities().values():
        assert row.unit in units
        assert row.id.endswith(f"_{row.unit}")
    for constant in v.constants().values():
        assert constant.unit in units


def test_every_acquisition_value_names_an_attribute_of_the_dicom_dictionary() -> None:
    for row in v.physics().values():
        assert tag_for_keyword(row.dicom) is not None, row.id


def test_times_of_a_sidecar_are_seconds_and_ours_are_milliseconds() -> None:
    for row in v.physics().values():
        seconds = row.bids is not None and row.unit == "ms"
        assert row.bids_factor == (1000.0 if seconds else 1.0), row.id
