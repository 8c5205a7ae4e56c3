"""DICOM: one header at a time, images as planes, voxels through our own codecs.

``READER`` is the format reader that ``mriview.scans.reading`` finds by entry point. How planes
become a grid is not known here.
"""

from mriview.scans.dicom.reader import READER

__all__ = ["READER"]
