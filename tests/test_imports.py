"""What an import costs, and that the public names are where they are said to be."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import readings as r

import mriview

HEAVY = {
    *("numpy", "scipy", "pydicom", "nibabel", "pydantic", "skimage", "imagecodecs"),
    *("napari", "qtpy", "PySide6", "click", "rich"),
}
SHOW_MODULES = "import json, sys; print(json.dumps(sorted(sys.modules)))"


def modules_after(code: str) -> set[str]:
    """Top-level modules that a fresh Python has loaded after some code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{SHOW_MODULES}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def modules_after_command(*arguments: str) -> set[str]:
    """Modules that a fresh Python has loaded after a command of the shell."""
    return modules_after(
        f"import sys; sys.argv = ['mriview', *{arguments!r}]\n"
        "from mriview.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code"
    )


def test_importing_mriview_loads_nothing_heavy() -> None:
    assert not HEAVY & modules_after("import mriview")


def test_asking_for_help_loads_click_and_nothing_heavier() -> None:
    loaded = modules_after_command("--help")
    assert HEAVY & loaded == {"click"}


def test_asking_for_help_looks_for_no_plug_ins() -> None:
    code = (
        "import importlib.metadata as metadata\n"
        "def refuse(*_, **__): raise SystemExit('entry points were scanned')\n"
        "metadata.entry_points = metadata.distributions = refuse\n"
        "import sys; sys.argv = ['mriview', '--help']\n"
        "from mriview.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code"
    )
    assert "mriview.cli" in modules_after(code)


def test_checking_a_report_loads_no_reader_of_scans_and_no_command_of_a_review(
    tmp_path: Path,
) -> None:
    study, path = r.a_study(), tmp_path / "report.json"
    review = mriview.open_review(study, clock=r.a_clock())
    for command in r.a_signed_reading():  # a contact, whose segment is asked of its nerve
        review.apply(command)
    path.write_text(mriview.build_report(study, review).to_json(), "utf-8")
    loaded = modules_after_command("validate", str(path))
    assert HEAVY & loaded == {"click", "numpy", "pydantic"}
    ours = {name for name in loaded if name.startswith("mriview.")}
    assert "mriview.report.rules" in ours
    building = {"mriview.report.build", "mriview.review.state", "mriview.review.commands"}
    others = ("mriview.scans.", "mriview.words", "mriview.exporters", "mriview.workflow")
    assert not building & ours
    assert not [name for name in ours if name.startswith(others)]


@pytest.mark.parametrize("name", mriview.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(mriview, name).__name__ == name


def test_the_names_for_type_checkers_are_the_names_that_exist() -> None:
    lines = Path(mriview.__file__).read_text("utf-8").splitlines()
    typed = {line.split(" as ")[-1] for line in lines if line.startswith("    from ")}
    assert sorted(typed) == mriview.__all__ == dir(mriview)


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'open_case'"):
        mriview.open_case  # noqa: B018
