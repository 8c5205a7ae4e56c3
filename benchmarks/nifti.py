"""NIfTI: the first voxel of a file that can be mapped, all voxels of one that is compressed.

nibabel and SimpleITK check less: no checksum is asked of them, no agreement of two matrices.
"""

from collections.abc import Iterator

from bench import Bench, main
from rounds import Contest, Peak, Ratio

SPARE_MB = 15.0  # above the volume itself
MAPPED_PART, MAPPED_MB = 0.2, 2.0  # of the volume, and besides: one voxel is no reason to read all


def contests(bench: Bench) -> Iterator[Contest]:
    """Give one contest a kind of file."""
    mapped_mb = MAPPED_MB + MAPPED_PART * bench.volume_mb("nii")
    yield Contest(
        title="nifti, .nii, one voxel",
        turns={
            "mriview, first": bench.turn("ours", "voxel", "nii", "voxel", forget=True),
            "mriview, again": bench.turn("ours", "voxel", "nii", "voxel"),
            "nibabel, memory map": bench.turn("peers", "voxel_nibabel", "nii", "voxel"),
        },
        peers=("nibabel, memory map",),
        goals=(
            Ratio("nii_one_voxel_vs_nibabel", "mriview, first", "nibabel, memory map", 0.5),
            Peak("nii_one_voxel_peak", "mriview, first", mapped_mb),
        ),
    )
    yield Contest(
        title="nifti, .nii.gz, all voxels",
        turns={
            "mriview, first": bench.turn("ours", "volume", "nii_gz", forget=True),
            "mriview, again": bench.turn("ours", "volume", "nii_gz"),
            "nibabel": bench.turn("peers", "nifti_nibabel", "nii_gz"),
            "SimpleITK": bench.turn("peers", "nifti_simpleitk", "nii_gz"),
        },
        peers=("nibabel", "SimpleITK"),
        goals=(
            Ratio("nii_gz_vs_nibabel", "mriview, first", "nibabel", 2.2),
            Ratio("nii_gz_vs_simpleitk", "mriview, first", "SimpleITK", 0.6),
            Peak("nii_gz_peak", "mriview, first", SPARE_MB + bench.volume_mb("nii_gz")),
        ),
    )


if __name__ == "__main__":
    main(contests, __doc__ or "")
