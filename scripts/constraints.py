"""Write `constraints.txt`: the versions with which this environment passed its tests.

Names and versions only, of everything that the project, its extras and its dependency groups pull
in here, directly or not. What else is installed beside them is left out, and so are addresses: the
machine's own pip configuration decides where packages come from.
"""

import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parent.parent


def _declared() -> Iterable[Requirement]:
    document = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
    project = document["project"]
    lines = chain(
        document["build-system"]["requires"],
        project["dependencies"],
        *project["optional-dependencies"].values(),
        *document["dependency-groups"].values(),
    )
    requirements = (Requirement(line) for line in lines)
    return [one for one in requirements if canonicalize_name(one.name) != project["name"]]


def _wanted(requirement: Requirement, extras: Iterable[str]) -> bool:
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate({"extra": extra}) for extra in ["", *extras])


def versions(declared: Iterable[Requirement]) -> dict[str, str]:
    """Installed versions by canonical name, of the given requirements and all below them."""
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    queue = list(declared)
    while queue:
        requirement = queue.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            sys.exit(f"{name} is not installed here. Run `make test` once, then this again.")
        found[name] = installed.version
        below = (Requirement(line) for line in installed.requires or [])
        queue += [one for one in below if _wanted(one, extras)]
    return found


if __name__ == "__main__":
    pins = versions(_declared())
    lines = [
        "# Versions with which the tests passed; written by `make constraints`, not by hand.",
        *(f"{name}=={version}" for name, version in sorted(pins.items())),
    ]
    (CHECKOUT / "constraints.txt").write_text("\n".join(lines) + "\n", "utf-8")
    print(f"constraints.txt: {len(pins)} packages")
