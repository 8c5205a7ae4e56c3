"""What a person drew in another program: label maps, segmentations of 3D Slicer, its markups.

`read_mask` gives the voxels of one label on the grid of its series, `read_markup` the points of
one markup, both in patient LPS mm. What is meant by them, a nerve or a contact, the review says.
"""

from mriview.scans.drawn.label_maps import read_mask
from mriview.scans.drawn.markups import Markup, read_markup

__all__ = ["Markup", "read_markup", "read_mask"]
