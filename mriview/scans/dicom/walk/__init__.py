"""A header walk without pydicom, for the many files that need none: faster, with the same answers.

This folder could be deleted: every header would go through pydicom and ``classic``, and nothing
but the time would change. What bytes are elements is in ``elements``, what they say in
``raw_header``, what headers of a series share in ``likewise``, and what their images share in
``alike``. No file is opened here, and no header is judged by itself.
"""

from mriview.scans.dicom.walk.alike import Alike
from mriview.scans.dicom.walk.likewise import Walker
from mriview.scans.dicom.walk.raw_header import RawHeader

__all__ = ["Alike", "RawHeader", "Walker"]
