"""``mriview phantom``: a digital patient with its truth, as DICOM or NIfTI.

For trying the product and for judging it; every file says SYNTHETIC.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mriview.cli.output import json_option, progress, say_json

if TYPE_CHECKING:
    from mriview.phantom import Form


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to make.")
@click.option(
    "--case",
    default="aica_left",
    show_default=True,
    help="aica_left, mass_left, va_left, free, t2_alone, complete or after_mvd_left.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Varies the anatomy a little.")
@click.option(
    "--to",
    type=click.Choice(["dicom", "nifti"]),
    default="dicom",
    show_default=True,
    help="Form of the scans.",
)
@json_option
def phantom(out: Path, case: str, seed: int, to: "Form", as_json: bool) -> None:
    """Make a digital patient: its series, truth.json and a scripted reading."""
    from mriview.phantom import write_phantom

    with progress("making a digital patient"):
        files = write_phantom(out, case, seed, to)
    if as_json:
        say_json({"case": case, "seed": seed, "to": to, "written": _names(out, files.mass)})
        return
    click.echo(f"scans:   {files.study}")
    click.echo(f"truth:   {files.truth}")
    click.echo(f"reading: {files.reader}")
    if files.mass is not None:
        click.echo(f"mass:    {files.mass}")


def _names(out: Path, mass: Path | None) -> list[str]:
    names = ["study", "truth.json", "reader.json"]
    return names if mass is None else [*names, mass.relative_to(out).as_posix()]
