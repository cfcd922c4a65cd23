"""NeRF-synthetic (Mildenhall 2020): transforms_train.json and transforms_test.json, which state the split."""

from __future__ import annotations

from pathlib import Path

from recon.io.captures.json_frames import Entry, camera_of, entries, load_json
from recon.io.captures.source import CaptureOptions, CaptureReader, Frame, Source, clean_name, find_photo
from recon.scene.capture import Split

TRAIN, TEST, VALIDATION = "transforms_train.json", "transforms_test.json", "transforms_val.json"


def find(path: Path) -> Path | None:
    """The folder that holds a transforms_train.json, or None."""
    folder = path.parent if path.name in {TRAIN, TEST} else path
    return folder if (folder / TRAIN).is_file() else None


def read(folder: Path, options: CaptureOptions) -> Source:
    """Read the training and test files; validation views stand in where there are no test views."""
    source = Source("NeRF-synthetic", folder)
    _add(source, folder / TRAIN, "train", options)
    held_out = next((folder / name for name in (TEST, VALIDATION) if (folder / name).is_file()), None)
    if held_out is None:
        source.warnings.append(f"There is no {TEST}, so nothing is held out for testing.")
    else:
        _add(source, held_out, "test", options)
    return source


def _add(source: Source, path: Path, split: Split, options: CaptureOptions) -> None:
    for entry in entries(load_json(path), path):
        frame = _frame(source, entry, split, options.images)
        if frame is not None:
            source.frames.append(frame)


def _frame(source: Source, entry: Entry, split: Split, images: Path | None) -> Frame | None:
    photo = find_photo(entry.file.parent, entry.photo, images)
    pose = entry.world_from_camera()
    if photo is None or pose is None:
        source.skip(clean_name(entry.photo), "the file is missing" if photo is None else "the pose is not rigid")
        return None
    return Frame(clean_name(entry.photo), photo, camera_of(entry, photo, pose), split=split)


READER = CaptureReader("a transforms_train.json file", find, read)
