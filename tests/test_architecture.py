"""What holds for every file of the house, read from the files themselves.

Which floor may import which is import-linter's business, docstrings and prints are ruff's; here
stands what neither of them can say.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

MAX_LINES = 600
AIM_LINES = 400
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
PUBLIC_IN_SPITE_OF_THEIR_NAME = {"_asdict", "_fields", "_make", "_replace", "_exit"}
FRAGMENT = re.compile(r"(\d+|\+[a-z0-9-]+)\.(added|changed|fixed|removed|safety)\.md")
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(work|farm|root|mnt|home|Users)/\w")


def packages() -> dict[str, Path]:
    """Folders of the two packages as they are imported here, without importing them."""
    specs = {name: find_spec(name) for name in ("mriview", "mriview_napari")}
    return {name: Path(spec.origin).parent for name, spec in specs.items()}


def modules() -> dict[str, Path]:
    """Every module of both packages by its path below the folder that holds the packages."""
    return {
        path.relative_to(folder.parent).as_posix(): path
        for folder in packages().values()
        for path in sorted(folder.rglob("*.py"))
    }


MODULES = modules()
every_module = pytest.mark.parametrize("path", MODULES.values(), ids=MODULES.keys())


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@every_module
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES


def test_nine_modules_of_ten_are_shorter_than_the_aim() -> None:
    long = [name for name, path in MODULES.items() if lines_of(path) > AIM_LINES]
    assert len(long) <= len(MODULES) / 10, long


def lines_of(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


@every_module
def test_a_module_says_what_lives_in_it_and_what_does_not(path: Path) -> None:
    text = " ".join((ast.get_docstring(tree_of(path)) or "").split())
    assert len(re.findall(r"[^.!?;]+[.!?;](?=\s|$)", text)) >= 2, text


@every_module
def test_a_module_is_named_after_what_it_holds(path: Path) -> None:
    assert not EMPTY_NAMES & {path.stem, path.parent.name}


def private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name != "_"


def names_made_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Attribute(attr=name, ctx=ast.Store()) | ast.Name(id=name, ctx=ast.Store()):
                yield name


def names_taken_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Load()):
                yield name
            case ast.ImportFrom(module=module, names=aliases):
                yield from (module or "").split(".")
                yield from (alias.name for alias in aliases)
            case ast.Import(names=aliases):
                yield from (part for alias in aliases for part in alias.name.split("."))


@every_module
def test_private_names_of_others_are_used_in_the_adapter_only(path: Path) -> None:
    if path.relative_to(path.parents[1]).as_posix() == "mriview_napari/adapter.py":
        return  # the one file that has to follow when napari changes inside
    tree = tree_of(path)
    taken = {name for name in names_taken_in(tree) if private(name)}
    assert not taken - set(names_made_in(tree)) - PUBLIC_IN_SPITE_OF_THEIR_NAME


def is_matrix(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return "_from_" in name or "affine" in name
    return False


def matrix_arithmetic(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(left=left, op=ast.MatMult(), right=right) if is_matrix(
                left
            ) or is_matrix(right):
                yield node.lineno
            case ast.Call(func=ast.Attribute(attr="inv" | "solve"), args=[first, *_]) if is_matrix(
                first
            ):
                yield node.lineno


@every_module
def test_only_geometry_multiplies_and_inverts_the_matrix_of_a_grid(path: Path) -> None:
    if path.parent.name != "geometry":
        assert not list(matrix_arithmetic(tree_of(path)))


def test_the_search_for_matrix_arithmetic_finds_it() -> None:
    code = (
        "a.lps_from_index @ x\nnp.linalg.inv(lps_from_index)\nx @ y\ngrid.lps_from_index[:3, 3] @ y"
    )
    assert list(matrix_arithmetic(ast.parse(code))) == [1, 2]


def files_of(checkout: Path) -> list[Path]:
    """Files of the repository, also those that are not committed yet; nothing that is ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    return [checkout / name for name in listed.stdout.split("\0") if (checkout / name).is_file()]


def test_no_file_names_a_folder_of_the_machine_it_was_written_on(checkout: Path) -> None:
    found = []
    for path in files_of(checkout):
        content = path.read_bytes()
        if b"\0" not in content:
            text = content.decode("utf-8")
            found += [f"{path.name}: {match[0]}" for match in MACHINE_PATH.finditer(text)]
    assert not found


def test_every_change_log_fragment_has_a_known_type_and_one_paragraph(checkout: Path) -> None:
    for path in (checkout / "changelog.d").iterdir():
        assert FRAGMENT.fullmatch(path.name), path.name
        assert len(path.read_text("utf-8").strip().split("\n\n")) == 1, path.name


def test_every_decision_is_numbered_and_has_the_five_parts(checkout: Path) -> None:
    decisions = sorted((checkout / "docs" / "decisions").glob("*.md"))
    for number, path in enumerate(decisions, start=1):
        text = path.read_text("utf-8")
        assert path.name.startswith(f"{number:04}-"), path.name
        assert text.startswith(f"# {number}. "), path.name
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
            *("Question", "Choice", "Because", "Price", "Would change our mind"),
        ], path.name
