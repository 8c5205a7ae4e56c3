"""DICOM: one header at a time, classic MR and CT images as planes, voxels through our own codecs.

``READER`` is the format reader that ``mriview.scans.reading`` finds by entry point. How planes
become a grid is not known here; object classes that this version does not read are named with their
remedy in ``classic``.
"""

from mriview.scans.dicom.classic import READER

__all__ = ["READER"]
