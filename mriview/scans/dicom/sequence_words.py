"""How an enhanced object says what a classic header says of its pulse sequence, word by word.

Roles are told by the classic words (ScanningSequence, SequenceVariant, AcquisitionMatrix ...). An
enhanced object has other attributes with other words for them (PS3.3 C.8.13.4 and C.8.13.5); here
they are translated. Where an attribute stands in the object, ``functional_groups`` knows.
"""

from collections.abc import Callable, Mapping

from mriview.scans.dicom.header import HeaderOf

# Attributes of the object itself that are asked below.
SOURCES = (
    *("EchoPulseSequence", "EchoPlanarPulseSequence", "SteadyStatePulseSequence", "Spoiling"),
    *("SegmentedKSpaceTraversal", "OversamplingPhase", "SpectrallySelectedSuppression"),
    *("TimeOfFlightContrast", "MagnetizationTransfer", "InversionRecovery", "T2Preparation"),
)
_ECHOES: Mapping[str, tuple[str, ...]] = {
    "SPIN": ("SE",),
    "GRADIENT": ("GR",),
    "BOTH": ("SE", "GR"),
}
_STEADY_STATES = {
    "FREE_PRECESSION": "SS",
    "TRANSVERSE": "SS",
    "LONGITUDINAL": "SS",
    "TIME_REVERSED": "TRSS",
}
_NOTHING = frozenset({"", "NONE", "NO"})

Answer = tuple[str, ...] | tuple[float, ...] | None


def _scanning_sequence(header: HeaderOf) -> Answer:
    words = _ECHOES.get(header.text("EchoPulseSequence"), ())
    if words and header.text("EchoPlanarPulseSequence") == "YES":
        words += ("EP",)
    if words and header.text("InversionRecovery") == "YES":
        words += ("IR",)
    return words or None


def _sequence_variant(header: HeaderOf) -> Answer:
    if not header.has("EchoPulseSequence"):
        return None
    prepared = "YES" in {header.text("InversionRecovery"), header.text("T2Preparation")}
    gradient = header.text("EchoPulseSequence") == "GRADIENT"
    words = {
        "SK": header.text("SegmentedKSpaceTraversal") == "PARTIAL",
        "MTC": header.text("MagnetizationTransfer") not in _NOTHING,
        _STEADY_STATES.get(header.text("SteadyStatePulseSequence"), ""): True,
        "SP": header.text("Spoiling") not in _NOTHING,
        "MP": prepared and gradient,
        "OSP": header.text("OversamplingPhase") not in _NOTHING,
    }
    return tuple(word for word, holds in words.items() if word and holds) or ("NONE",)


def _scan_options(header: HeaderOf) -> Answer:
    partial = header.text("PartialFourier") == "YES"
    direction = header.text("PartialFourierDirection")
    words = {
        "FC": header.text("FlowCompensation") not in _NOTHING,
        "PFF": partial and direction in {"FREQUENCY", "COMBINATION"},
        "PFP": partial and direction in {"PHASE", "COMBINATION"},
        "SP": header.text("SpatialPresaturation") not in _NOTHING,
        "FS": "FAT" in header.text("SpectrallySelectedSuppression").split("_"),
    }
    return tuple(word for word, holds in words.items() if holds) or None


def _angio_flag(header: HeaderOf) -> Answer:
    return ("Y",) if header.text("TimeOfFlightContrast") == "YES" else None


def _acquisition_matrix(header: HeaderOf) -> Answer:
    """Lines of frequency along rows and along columns, then of phase: two of the four are 0."""
    frequency = header.number("MRAcquisitionFrequencyEncodingSteps")
    phase = header.number("MRAcquisitionPhaseEncodingStepsInPlane")
    if frequency is None or phase is None:
        return None
    match header.text("InPlanePhaseEncodingDirection"):
        case "ROW":
            return 0.0, frequency, phase, 0.0
        case "COLUMN" | "COL":
            return frequency, 0.0, 0.0, phase
    return None


# Classic keyword to its answer; None where the enhanced attributes are absent.
CLASSIC_WORDS: Mapping[str, Callable[[HeaderOf], Answer]] = {
    "ScanningSequence": _scanning_sequence,
    "SequenceVariant": _sequence_variant,
    "ScanOptions": _scan_options,
    "AngioFlag": _angio_flag,
    "AcquisitionMatrix": _acquisition_matrix,
}
