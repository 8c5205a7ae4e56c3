"""Documents of a report, written whole or not at all.

Which formats there are, and what is in them, the exporters know. Here is the rim: the folder, the
files, the full disk.
"""

from collections.abc import Iterable
from pathlib import Path

from mriview.errors import OutputError, UsageError
from mriview.exporters import Spoken, exporters
from mriview.report import Report
from mriview.scans import Study
from mriview.words import LANGUAGES, Language


def export(
    report: Report,
    out: str | Path,
    to: Iterable[str] = ("json",),
    *,
    study: Study | None = None,
    masks: str | Path | None = None,
    language: Language = "en",
) -> list[Path]:
    """Write documents of a report.

    Parameters
    ----------
    report : Report
        What is written; it needs no scan.
    out : path
        Folder; made where it is absent.
    to : iterable of str
        Names of formats, such as ``["json"]``.
    study : Study, optional
        The scans, for formats with pictures.
    masks : path, optional
        The review folder, for formats with voxels of masks.
    language : {"en", "de"}
        Of the formats that people read; data has none.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    UsageError
        No format, one that is not there, or a language that is not.
    OutputError
        The folder cannot be written; files that stood there before are untouched.
    """
    known, folder, wanted = exporters(), Path(out), list(to)
    voxels = Path(masks) if masks is not None else None
    if not wanted:
        raise UsageError("format_missing", "0 formats are named", f"Use {', '.join(known)}")
    for name in wanted:
        if name not in known:
            found = f"no format {name!r}"
            raise UsageError("format_unknown", found, f"Use {', '.join(known)}")
    if language not in LANGUAGES:
        found = f"no language {language!r}"
        raise UsageError("language_unknown", found, f"Use {', '.join(LANGUAGES)}")
    documents: dict[str, bytes] = {}
    for name in wanted:
        exporter = known[name]
        spoken = exporter.in_language(language) if isinstance(exporter, Spoken) else exporter
        documents.update(spoken.documents(report, study, voxels))
    try:
        for name in documents:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
        return [write_whole(folder / name, data) for name, data in documents.items()]
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise OutputError.not_writable("the report", reason) from error


def write_whole(path: Path, data: bytes) -> Path:
    """Write a file so that at any moment it is the old one, whole, or the new one, whole."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
