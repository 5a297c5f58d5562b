"""Finds pictures in labelled folders and turns them into network input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
MEAN, DIVISOR = 127.0, 128.0


def list_by_label(folder: Path) -> dict[str, list[Path]]:
    """Label (the sub-folder's name) → its pictures, both in code-point order.

    A folder without sub-folders of pictures counts as one label, "".
    """
    groups = {child.name: child for child in folder.iterdir() if child.is_dir()}
    found = {label: _pictures_in(groups[label]) for label in sorted(groups)}
    found = {label: paths for label, paths in found.items() if paths}
    if not found:
        found = {"": _pictures_in(folder)}
    if not any(found.values()):
        raise SystemExit(f"no pictures in {folder}")
    return found


def _pictures_in(folder: Path) -> list[Path]:
    return sorted((p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES), key=lambda p: p.name)


def spread(by_label: dict[str, list[Path]], count: int) -> list[Path]:
    """Picks `count` pictures (or all, if fewer), the same ones each time.

    Every label gives the same number as far as it can; within a label they
    lie at equal distances. Labels alternate in the result.
    """
    quota = dict.fromkeys(by_label, 0)
    left = min(count, sum(map(len, by_label.values())))
    while left:
        for label, paths in by_label.items():
            if left and quota[label] < len(paths):
                quota[label] += 1
                left -= 1
    picked = [[paths[i * len(paths) // quota[label]] for i in range(quota[label])] for label, paths in by_label.items()]
    return [row[i] for i in range(max(map(len, picked))) for row in picked if i < len(row)]


def resize_for(crop: int) -> int:
    """Shorter side in pixels before the crop: 256 for 224, 297 for 260."""
    return round(crop * 256 / 224)


def preprocess(path: Path, crop: int) -> np.ndarray:
    """A picture file → float32 [3, crop, crop], RGB, (x − 127) / 128.

    EXIF rotation is applied; the shorter side is resized (bicubic, aspect
    kept) to `resize_for(crop)` pixels and the centre square cut out.
    """
    with Image.open(path) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    scale = resize_for(crop) / min(picture.size)
    width, height = (max(crop, round(side * scale)) for side in picture.size)
    picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    left, top = (width - crop) // 2, (height - crop) // 2
    pixels = np.asarray(picture.crop((left, top, left + crop, top + crop)), np.float32)
    return np.ascontiguousarray((pixels.transpose(2, 0, 1) - MEAN) / DIVISOR, np.float32)
