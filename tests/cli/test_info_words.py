"""What ``mriview info`` says of real scans, held against what such series can and cannot show."""

import json
import re
import sys

import pytest

from mriview import cli, vocabulary
from mriview.review.text import claims

# Of each group of real anatomy: role, what the scans can answer (contact, names, other causes), and
# conditions that a reader could still call absent once role and coverage are confirmed.
ANATOMY = {
    "t1_posterior_fossa": ("t1_pre", ("no", "no", "no"), set()),
    "t1c_cpa_mass_standin": ("t1_pre", ("no", "no", "no"), set()),
    "clinical_t2_1mm": ("t2_brain", ("no", "no", "no"), {"demyelination"}),
    "chris_mra": (
        "tof_mra",
        ("no", "not_yet", "no"),
        {"aneurysm", "vertebrobasilar_dolichoectasia"},
    ),
    "clinical_t2_thick": ("t2_brain", ("no", "no", "no"), set()),
}


@pytest.fixture(scope="module")
def groups(corpus):
    manifest = json.loads((corpus / "MANIFEST.json").read_text("utf-8"))
    tagged = [group for group in manifest["groups"] if "anatomy" in group.get("tags", [])]
    return {group["id"]: corpus / group["path"] for group in tagged}


def said(monkeypatch, capsys, *words):
    monkeypatch.setattr(sys, "argv", ["mriview", "info", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0
    return capsys.readouterr().out


@pytest.mark.corpus
def test_every_group_of_anatomy_is_held_here(groups):
    assert set(groups) == set(ANATOMY)


@pytest.mark.corpus
@pytest.mark.parametrize("name", sorted(ANATOMY))
def test_info_says_what_these_scans_can_and_cannot_show(name, groups, monkeypatch, capsys):
    role, verdicts, could_be_absent = ANATOMY[name]
    page = json.loads(said(monkeypatch, capsys, groups[name], "--json"))
    assert [series["role"] for series in page["series"]] == [role]
    assert tuple(part["verdict"] for part in page["answerable"]) == verdicts
    assert not any(one["allows_absent"] for one in page["conditions"])
    open_still = {one["condition"] for one in page["conditions"] if one["derived"] is None}
    assert open_still == could_be_absent
    assert all(one["why"] for one in (*page["answerable"], *page["conditions"]))


@pytest.mark.corpus
@pytest.mark.parametrize("name", sorted(ANATOMY))
def test_the_page_speaks_plainly_and_claims_nothing(name, groups, monkeypatch, capsys):
    text = said(monkeypatch, capsys, groups[name])
    assert claims(text) == ()
    assert "contact of a vessel with the nerve: no: it needs T2 cisternogram" in text
    assert "cannot show" in text
    assert "to be confirmed" in text  # none of these roles is sure
    assert "Research use only." in text


@pytest.mark.corpus
@pytest.mark.whole
def test_whatever_lies_in_a_folder_its_page_claims_nothing_and_says_no_code_for_a_word(
    corpus, monkeypatch, capsys
):
    """Of every group of the corpus, sound or broken; rows of tables are said by their labels."""
    manifest = json.loads((corpus / "MANIFEST.json").read_text("utf-8"))
    rows = {row for row in (*vocabulary.physics(), *vocabulary.conditions()) if "_" in row}
    wrong = {}
    for group in manifest["groups"]:
        monkeypatch.setattr(sys, "argv", ["mriview", "info", str(corpus / group["path"])])
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        assert end.value.code in {0, 1, 2, 3}, group["id"]
        found = {*claims(out + err), *rows.intersection(re.findall(r"\w+", out + err))}
        if found:
            wrong[group["id"]] = found
    assert wrong == {}


@pytest.mark.corpus
def test_slices_that_are_too_thick_are_named_with_their_number(groups, monkeypatch, capsys):
    text = said(monkeypatch, capsys, groups["clinical_t2_thick"])
    assert "demyelinating lesion: no: the slices are 5.5 mm thick, at most 3 mm can show it" in text


def test_a_synthetic_study_says_how_sure_a_contact_can_be(synthetic, monkeypatch, capsys):
    text = said(monkeypatch, capsys, synthetic(to="nifti").study)
    assert "contact of a vessel with the nerve: yes: T2 cisternogram" in text
    assert "definite at most (voxels of 0.50 x 0.50 mm)" in text
    assert "names of vessels: yes: time-of-flight angiogram" in text
    assert "other causes: no: it needs T1 after contrast or diffusion and FLAIR" in text
