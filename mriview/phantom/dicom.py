"""A rendered series as classic MR DICOM: one file a slice, and every header says SYNTHETIC.

The bytes depend on case, seed and voxels alone: identifiers are digests, there is no date. Names,
physics and geometry are such that the series opens like one from a scanner.
"""

import hashlib
from io import BytesIO

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage
from pydicom.valuerep import format_number_as_ds

from mriview.phantom.anatomy import Patient
from mriview.phantom.physics import COMMENT, NAME, PATIENT_ID, PHYSICS, describe
from mriview.phantom.plans import SeriesPlan
from mriview.phantom.render import Voxels


def uid(*words: object) -> str:
    """Give the identifier that belongs to some words: ``2.25.`` and a 128-bit digest.

    Examples
    --------
    >>> uid("study", "aica_left", 0)[:8], uid("a") == uid("a"), uid("a") == uid("b")
    ('2.25.973', True, False)
    """
    text = "\0".join(["mriview.phantom", *map(str, words)])
    return f"2.25.{int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], 'big')}"


def slices_as_dicom(patient: Patient, plan: SeriesPlan, voxels: Voxels) -> list[bytes]:
    """Give the files of one series, from its first slice to its last.

    Parameters
    ----------
    patient : Patient
        For the identifiers.
    plan : SeriesPlan
        Role, name and grid.
    voxels : (i, j, k) uint16
        From `render`.
    """
    head = _series_head(patient, plan)
    files = []
    for k in range(plan.grid.shape[2]):
        image = Dataset()
        image.update(head)
        image.SOPInstanceUID = uid("image", patient.case, patient.seed, plan.role, k)
        image.InstanceNumber = k + 1
        image.ImagePositionPatient = [_ds(value) for value in plan.grid.lps((0, 0, k))]
        image.PixelData = voxels[:, :, k].T.astype("<u2").tobytes()
        files.append(_bytes_of(image))
    return files


def _series_head(patient: Patient, plan: SeriesPlan) -> Dataset:
    who = (patient.case, patient.seed)
    head = Dataset()
    head.SpecificCharacterSet = "ISO_IR 100"
    head.ImageType = ["ORIGINAL", "PRIMARY", "M"]
    head.SOPClassUID = MRImageStorage
    head.StudyDate = head.StudyTime = head.AccessionNumber = ""
    head.Modality = "MR"
    head.Manufacturer = NAME
    head.ReferringPhysicianName = ""
    head.StudyDescription = f"SYNTHETIC posterior fossa, case {patient.case}"
    head.SeriesDescription = describe(plan.role)
    head.PatientName, head.PatientID = "SYNTHETIC^PHANTOM", PATIENT_ID
    head.PatientBirthDate = head.PatientSex = ""
    head.BodyPartExamined = "HEAD"
    head.PatientPosition = "HFS"
    head.StudyInstanceUID = uid("study", *who)
    head.SeriesInstanceUID = uid("series", *who, plan.role)
    head.FrameOfReferenceUID = uid("frame", *who)
    head.StudyID, head.SeriesNumber = "1", plan.number
    head.PositionReferenceIndicator = ""
    head.ImageComments = COMMENT
    for keyword, value in PHYSICS[plan.role].items():
        setattr(head, keyword, value)
    _geometry(head, plan)
    return head


def _geometry(head: Dataset, plan: SeriesPlan) -> None:
    columns, rows, _ = plan.grid.shape
    along_i, along_j, along_k = plan.grid.spacing_mm
    cosines = plan.grid.directions[:, :2].T.ravel()
    head.ImageOrientationPatient = [_ds(value) for value in cosines]
    head.PixelSpacing = [_ds(along_j), _ds(along_i)]
    head.SliceThickness = head.SpacingBetweenSlices = _ds(along_k)
    head.AcquisitionMatrix = [columns, 0, 0, rows]
    head.InPlanePhaseEncodingDirection = "COL"
    head.Rows, head.Columns = rows, columns
    head.SamplesPerPixel, head.PhotometricInterpretation = 1, "MONOCHROME2"
    head.BitsAllocated, head.BitsStored, head.HighBit = 16, 12, 11
    head.PixelRepresentation = 0
    head.WindowCenter, head.WindowWidth = "500", "1000"


def _bytes_of(image: Dataset) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = image.SOPClassUID
    meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    # not pydicom's own words: its version is no part of a phantom
    meta.ImplementationClassUID = UID(uid("implementation"))
    meta.ImplementationVersionName = "MRIVIEW"
    file = BytesIO()
    whole = FileDataset(file, image, file_meta=meta, preamble=bytes(128))
    whole.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _ds(value: float) -> str:
    """Write a decimal string with the 16 letters that DICOM allows."""
    return format_number_as_ds(round(float(value), 12) + 0.0)
