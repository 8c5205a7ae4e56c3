"""Which voxels of a label map have one label, gathered layer by layer.

A map is never held twice in memory, and a label is never guessed: where several are there and none
is named, the sentence lists them. Where the map lies, and which file it came from, is not known
here.
"""

import numpy as np
from numpy.typing import NDArray

from mriview.errors import InputError

LABELS_TOLD = 12  # labels that a sentence lists


class Labels:
    """The labels of a map, gathered layer by layer: one is wanted, whether named or the only one.

    Parameters
    ----------
    value : int or None
        The label that is wanted; None where the map holds a single one.
    """

    def __init__(self, value: int | None) -> None:
        self.value = value
        self.seen: set[float] = set()

    def in_layer(self, layer: NDArray[np.generic]) -> NDArray[np.bool_]:
        """Tell which voxels of a layer have the label; 0 is the outside."""
        held = layer[layer != 0]
        if len(held) and len(self.seen) <= LABELS_TOLD:
            alike = held[0]
            several = bool((held != alike).any())
            found = np.unique(held).tolist() if several else [alike.item()]
            self.seen.update(found[: LABELS_TOLD + 1])
        return np.asarray(layer != 0 if self.value is None else layer == self.value)

    def refuse_another(self) -> None:
        """Refuse a map that leaves open which label is meant, or does not hold it.

        Raises
        ------
        InputError
            ``labels_several`` or ``label_unknown``, with the labels that are there.
        """
        held = sorted(self.seen)
        told = ", ".join(f"{label:g}" for label in held[:LABELS_TOLD])
        told += " ..." if len(held) > LABELS_TOLD else ""
        if self.value is None and len(held) > 1:
            found = f"a mask file with several labels ({told})"
            raise InputError("labels_several", found, "Name one of them as value")
        if self.value is not None and held and self.value not in self.seen:
            if len(held) > LABELS_TOLD:
                return  # not all were gathered; without a voxel the mask is empty
            found = f"a mask file without the label {self.value} (it holds {told})"
            raise InputError("label_unknown", found, "Name one of them as value")
