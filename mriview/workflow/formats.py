"""What can be read and written here, as rows: ours and those of plug-ins, with remedies.

Format readers and exporters are asked by their entry points; nothing is opened.
"""

from dataclasses import asdict, dataclass

from mriview.exporters import exporters
from mriview.scans import readers

READ_HERE = {
    "dicom": "MR and CT: classic, enhanced, mosaics (Siemens), grids (UIH); plain, gzip'd, zipped; "
    "native, deflated, RLE, JPEG, JPEG-LS, JPEG 2000, HTJ2K",
    "nifti": "NIfTI-1 and -2, .nii, .nii.gz and pairs, with a BIDS sidecar where there is one",
}
NAMED_BY_A_SCRIPT = {
    "labels": "masks of a script: one label of .nii or .nii.gz, or one segment of .seg.nrrd",
    "markups": "nerves, landmarks and contacts of a script: .mrk.json of 3D Slicer, LPS or RAS",
}
NOT_READ = {
    "coloured images": "Give the images that they were made from",
    "classic PET, nuclear medicine, ultrasound": "Give MR or CT of the same patient",
    "classic MR and CT with several frames": "Export the series as single-frame or enhanced images",
    "video (MPEG, HEVC) and JPEG XL in DICOM": "Export the images without compression",
    "NRRD, MetaImage, MGH, MINC, Analyze": "Convert the file to NIfTI, or give the DICOM images",
    "rar, 7z and tar archives": "Unpack the archive and open the folder",
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
    """List what works here, what is not read, and plug-ins that do not load."""
    found = readers()
    rows = [Format("read", name, READ_HERE.get(name, PLUGIN)) for name in found.working]
    rows += [Format("read", name, what) for name, what in NAMED_BY_A_SCRIPT.items()]
    rows += [Format("read", name, "not read", remedy) for name, remedy in NOT_READ.items()]
    rows += [Format("read", name, PLUGIN, "Install it again") for name in found.broken]
    rows += [Format("write", "nifti", "volumes with sidecars, by mriview convert")]
    rows += [Format("write", name, exporter.writes) for name, exporter in exporters().items()]
    return rows
