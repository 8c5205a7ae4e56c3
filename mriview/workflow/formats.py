"""What can be read and written here, as rows: ours and those of plug-ins, with remedies.

Format readers and exporters are asked by their entry points; nothing is opened.
"""

from dataclasses import asdict, dataclass

from mriview.exporters import exporters
from mriview.scans import readers

READ_HERE = {
    "dicom": "classic MR in any file name: native, RLE, JPEG lossless, JPEG-LS, JPEG 2000",
    "nifti": "NIfTI-1 and -2, .nii, .nii.gz and pairs, with a BIDS sidecar where there is one",
}
NOT_READ_YET = {
    "enhanced multi-frame MR": "Export the series as classic single-frame images",
    "Siemens mosaic": "Convert it with dcm2niix and give the NIfTI file",
    "zip and gzip'd DICOM": "Unpack it first",
}
PLUGIN = "of a plug-in"


@dataclass(frozen=True, slots=True)
class Format:
    """One row: ``remedy`` is empty where the format works here."""

    direction: str
    name: str
    what: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """Give the row as JSON."""
        return asdict(self)


def known_formats() -> list[Format]:
    """List what works here, what is not read in this version, and plug-ins that do not load."""
    found = readers()
    rows = [Format("read", name, READ_HERE.get(name, PLUGIN)) for name in found.working]
    rows += [Format("read", name, "not in this version", do) for name, do in NOT_READ_YET.items()]
    rows += [Format("read", name, PLUGIN, "Install it again") for name in found.broken]
    rows += [Format("write", name, exporter.writes) for name, exporter in exporters().items()]
    return rows
