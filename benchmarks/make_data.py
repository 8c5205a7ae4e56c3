"""The data of the benchmark, deterministic, into a folder outside the repository.

    python benchmarks/make_data.py FOLDER [--scale 0.1]

Beside the scans lies ``truth.json``: where each case lies, what its listing and its voxels must be,
and a small twin of the same kind for the warm-up. Nothing of it comes from a person.
"""

import argparse
import gzip
import json
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import dicom_bytes as dicom
import dicom_headers as headers
import imagecodecs
import numpy as np
from compared import digest_of_counts, digest_of_listing, digest_of_set, digest_of_voxels
from dicom_headers import Stack

FORMAT = 1  # of truth.json; raised when data that were made before are of no use any more
GZIP_LEVEL = 6
BATCH_PARTS = 10  # the archive in tenths: memory is compared between one of them and all
SYNTAXES = {
    "j2k": dicom.JPEG_2000,
    "jpeg_lossless": dicom.JPEG_LOSSLESS,
    "rle": dicom.RLE,
    "deflated": dicom.DEFLATED,
}
ENHANCED = {"enhanced_none": dicom.EXPLICIT, "enhanced_j2k": dicom.JPEG_2000}
SPACING_MM = (0.5, 0.5, 0.6)

Slice = np.ndarray[tuple[int, ...], np.dtype[np.uint16]]
Frame = tuple[Path, int, int]  # a file, where in it the pixels of a slice begin, how many bytes
Frames = list[Frame]
Case = dict[str, object]


@dataclass(frozen=True)
class Sizes:
    """How much is made.

    Parameters
    ----------
    edge, slices : int
        Columns and rows, and slices, of the large series.
    studies : int
        Small studies; `BATCH_PARTS` divides it.
    """

    edge: int = 320
    slices: int = 176
    studies: int = 2000

    @staticmethod
    def scaled(scale: float) -> "Sizes":
        """About `scale` times the bytes and files of the whole."""
        full = Sizes()
        return Sizes(
            edge=max(48, 16 * round(full.edge * min(1.0, scale**0.25) / 16)),
            slices=max(16, round(full.slices * scale**0.5)),
            studies=max(2, round(full.studies * scale / BATCH_PARTS)) * BATCH_PARTS,
        )


WARM = Sizes(edge=48, slices=16, studies=0)  # as many slices as a role is found by


def truth_of(folder: Path, sizes: Sizes) -> dict[str, Case]:
    """Give the cases of a folder, made there where it is empty.

    Raises
    ------
    SystemExit
        The folder holds something else, or data of another size.
    """
    path = folder / "truth.json"
    if path.exists():
        there = json.loads(path.read_text("utf-8"))
        if there["format"] != FORMAT or there["sizes"] != asdict(sizes):
            sys.exit("the data folder holds data of another size: remove it, or name another")
        return dict(there["cases"])
    if folder.exists() and any(folder.iterdir()):
        sys.exit("the data folder is not empty, and not whole: remove it, or name another")
    print(f"making the data: {sizes}", file=sys.stderr)
    cases = _large(folder, "", sizes) | _small(folder, sizes.studies)
    for name, case in _large(folder, "warm/", WARM).items():
        cases[name]["warm"] = case["place"]
        if "frames" in case:
            cases[name]["warm_frames"] = case["frames"]
    for name in ("small", "small_tenth"):
        cases[name]["warm"] = cases["big"]["warm"]
    document = {"format": FORMAT, "sizes": asdict(sizes), "cases": cases}
    path.write_text(json.dumps(document, indent=1), "utf-8")
    return cases


def _large(folder: Path, below: str, sizes: Sizes) -> dict[str, Case]:
    """Three series, the first of them by transfer syntax, as multi-frame images and as NIfTI."""
    edge, slices = sizes.edge, sizes.slices
    kinds: dict[headers.Extra, str] = {
        "plain": dicom.EXPLICIT,
        "nested": dicom.IMPLICIT,
        "blobs": dicom.EXPLICIT,
    }
    stacks = [Stack(below + kind, edge, edge, slices, SPACING_MM, kind) for kind in kinds]
    first = stacks[0]
    voxels = list(_slices(first, 0))
    cases: dict[str, Case] = {}

    def keep(name: str, place: str, frames: Frames) -> None:
        _write_frames(folder / f"{below}{name}.json", frames)
        cases[name] = {"place": place, "frames": f"{below}{name}.json"}

    for seed, (stack, syntax) in enumerate(zip(stacks, kinds.values(), strict=True)):
        place = f"{below}big/{stack.extra}"
        planes = _slices(stack, seed) if seed else voxels
        frames = _write_series(folder / place, stack, planes, syntax)
        if stack is first:
            keep("none", place, frames)
    for name, syntax in SYNTAXES.items():
        keep(name, below + name, _write_series(folder / below / name, first, voxels, syntax))
    for name, syntax in ENHANCED.items():
        keep(name, below + name, _write_enhanced(folder / below / name, first, voxels, syntax))
    cases |= {
        name: {"place": place} for name, place in _write_nifti(folder, below, first, voxels).items()
    }
    said = {"voxels": digest_of_voxels(np.stack(voxels)), "bytes": 2 * edge * edge * slices}
    cases = {name: case | said for name, case in cases.items()}
    middle = voxels[slices // 2][edge // 2, edge // 2]
    cases["nii"]["voxel"] = digest_of_voxels(np.array([middle]))
    cases["big"] = {
        "place": f"{below}big",
        "listing": digest_of_listing(stack.listed for stack in stacks),
        "counts": digest_of_counts([slices] * len(stacks)),
    }
    return cases


def _small(folder: Path, studies: int) -> dict[str, Case]:
    """Many studies of one short series each, in tenths."""
    cases: dict[str, Case] = {}
    stacks, sets = [], []
    for number in range(studies):
        spacing = (3 + number % 500 / 1000, 3 + number % 500 / 1000, 5 + number // 500 / 1000)
        name = f"small/{number}"
        stack = Stack(name, 48, 48, 6, spacing, patient=f"BENCH{number:05d}")
        part = number * BATCH_PARTS // studies
        voxels = list(_slices(stack, number))
        home = folder / "small" / f"part{part}" / f"{number:05d}"
        _write_series(home, stack, voxels, dicom.EXPLICIT)
        stacks.append(stack.listed)
        sets.append(digest_of_voxels(np.stack(voxels)))
    tenth = studies // BATCH_PARTS
    for name, place, count in (("small", "small", studies), ("small_tenth", "small/part0", tenth)):
        cases[name] = {
            "place": place,
            "listing": digest_of_listing(stacks[:count]),
            "counts": digest_of_counts([6] * count),
            "voxels": digest_of_set(sets[:count]),
        }
    return cases


def _slices(stack: Stack, seed: int) -> Iterator[Slice]:
    """Draw a head of tissue with a bright pool in air, 12 bit; each slice another.

    Its noise makes deflate reach 1.8:1 and JPEG 2000 2.4:1, as with scans.
    """
    random_numbers = np.random.default_rng(seed)
    row, column = np.mgrid[: stack.rows, : stack.columns]
    radius2 = (2 * row / stack.rows - 1) ** 2 + (2 * column / stack.columns - 1) ** 2
    pool = 2000 * np.exp(-radius2 / 0.02)
    for index in range(stack.slices):
        noise = random_numbers.standard_normal(row.shape, np.float32)
        tissue = 1152 + 80 * np.sin(column / 17 + index / 40) * np.cos(row / 23) + pool
        head = np.where(radius2 < 0.95, tissue + 25 * noise, 3 * abs(noise))
        yield head.clip(0, 4095).astype("<u2")


def _write_series(place: Path, stack: Stack, planes: Iterable[Slice], syntax: str) -> Frames:
    """Write one file a slice, named in no order; where the pixels of each slice are."""
    place.mkdir(parents=True)
    names = list(range(stack.slices))
    random.Random(stack.name).shuffle(names)
    return [
        _write_slice(place / f"{names[index]:04d}.dcm", stack, index, syntax, pixels)
        for index, pixels in enumerate(_compressed(planes, syntax))
    ]


def _write_slice(path: Path, stack: Stack, index: int, syntax: str, pixels: bytes) -> Frame:
    value, begin = pixels, 0
    if syntax in dicom.ENCAPSULATED:
        value, (begin,) = dicom.encapsulated([pixels])
    instance = headers.uid(stack.name, "instance", index)
    head = headers.classic_head(stack, index)
    data, at = dicom.file_bytes(head, syntax, headers.MR_IMAGE, instance, value)
    path.write_bytes(data)
    return path, at + begin, len(pixels)


def _write_enhanced(place: Path, stack: Stack, planes: Iterable[Slice], syntax: str) -> Frames:
    place.mkdir(parents=True)
    frames = list(_compressed(planes, syntax))
    if syntax in dicom.ENCAPSULATED:
        value, begins = dicom.encapsulated(frames)
    else:
        value, begins = b"".join(frames), [len(frames[0]) * n for n in range(len(frames))]
    instance = headers.uid(stack.name, "enhanced")
    head = headers.enhanced_head(stack)
    data, at = dicom.file_bytes(head, syntax, headers.ENHANCED_MR_IMAGE, instance, value)
    path = place / "0000.dcm"
    path.write_bytes(data)
    return [(path, at + begin, len(one)) for begin, one in zip(begins, frames, strict=True)]


def _write_nifti(folder: Path, below: str, stack: Stack, planes: Sequence[Slice]) -> dict[str, str]:
    """Write the stack as .nii and .nii.gz; where they lie, by case."""
    import nibabel as nib

    matrix = np.eye(4)
    matrix[:3, :3] = np.transpose(headers.directions()) * stack.spacing_mm
    matrix[:3, 3] = headers.position_mm(stack, 0)
    matrix[:2] *= -1  # LPS to RAS
    image = nib.Nifti1Image(np.stack(planes).T, matrix)
    image.set_sform(matrix, code=1)
    image.set_qform(matrix, code=1)
    image.header.set_xyzt_units("mm", "sec")
    data = image.to_bytes()
    written = {"nii/t2.nii": data, "nii_gz/t2.nii.gz": gzip.compress(data, GZIP_LEVEL, mtime=0)}
    for name, content in written.items():
        path = folder / below / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    return {name.partition("/")[0]: below + name for name in written}


def _write_frames(path: Path, frames: Frames) -> None:
    """Say where the pixels of each slice lie, for those who only read and decode."""
    rows = [[str(file.relative_to(path.parent)), at, length] for file, at, length in frames]
    path.write_text(json.dumps(rows), "utf-8")


def _compressed(planes: Iterable[Slice], syntax: str) -> Iterator[bytes]:
    with ThreadPoolExecutor(2) as threads:
        yield from threads.map(COMPRESSORS.get(syntax, Slice.tobytes), planes)


def _jpeg_2000(plane: Slice) -> bytes:
    return bytes(
        imagecodecs.jpeg2k_encode(
            plane, reversible=True, codecformat="j2k", bitspersample=12, numthreads=1
        )
    )


def _jpeg_lossless(plane: Slice) -> bytes:
    encoded = imagecodecs.jpeg8_encode(plane, lossless=True, predictor=1, bitspersample=12)
    return bytes(encoded)


def _run_lengths(plane: Slice) -> bytes:
    """Encode by PS3.5 annex G: a segment a byte of a pixel, the high one first, row by row."""
    octets = plane.view("u1").reshape(*plane.shape, 2)
    segments = []
    for octet in (1, 0):
        rows = np.ascontiguousarray(octets[:, :, octet])
        segment = b"".join(imagecodecs.packbits_encode(row.tobytes()) for row in rows)
        segments.append(segment + b"\0" * (len(segment) % 2))
    head = np.zeros(16, "<u4")
    head[:3] = 2, 64, 64 + len(segments[0])
    return head.tobytes() + b"".join(segments)


COMPRESSORS = {
    dicom.JPEG_2000: _jpeg_2000,
    dicom.JPEG_LOSSLESS: _jpeg_lossless,
    dicom.RLE: _run_lengths,
}


def main() -> None:
    """Make the data, and say how many bytes they are."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0, help="1 is the whole, 0.01 a trial")
    arguments = parser.parse_args()
    truth_of(arguments.folder, Sizes.scaled(arguments.scale))
    count = sum(path.stat().st_size for path in arguments.folder.rglob("*") if path.is_file())
    print(f"{count / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
