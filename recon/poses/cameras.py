"""From photographs to a capture: the one way in, and the order of the work."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from recon.errors import UnreadableFile, UnusableCapture
from recon.io.captures.masks import mask_of
from recon.io.photos import (
    PhotoFacts,
    PhotoFolder,
    find_photos,
    is_video,
    photo_facts,
    store_blank_mask,
    store_mask,
    store_photo,
    stored_name,
)
from recon.poses.frames import extract_frames
from recon.poses.progress import Job, Progress, followed
from recon.poses.report import CameraReport, FailedPhoto, common_reason, load_report
from recon.poses.workspace import PosesOptions, Workspace

MOST_THREADS = 4
FEWEST = 2


@dataclass(frozen=True)
class CamerasFound:
    """The last thing that `reconstruct_cameras` yields: a capture, to be read as any other, and what came of it."""

    capture: Path
    report: CameraReport


def reconstruct_cameras(
    photos: Path, out: Path, options: PosesOptions | None = None
) -> Iterator[Progress | CamerasFound]:
    """Find the cameras of photographs, and write them as a capture.

    Closing the iterator gives the work up within about a second; what was found so far is kept, and the same call goes
    on from there. A call for a capture that is finished reads its report.

    Parameters
    ----------
    photos : Path
        A folder of photographs, or a video, of which sharp frames are taken.
    out : Path
        Folder to make: images/ without lens distortion, sparse/0/ as COLMAP has it, masks/ where there are any, and
        the report as cameras.json and pairs.png. The world's y axis points down.
    options : PosesOptions, optional

    Yields
    ------
    Progress
        A few times a second.
    CamerasFound
        Once, at the end.

    Raises
    ------
    UnusableCapture
        If there are no photographs, or no two of them show the same; the sentence says why.
    InputError
        If something else is at `out`.
    """
    options = options or PosesOptions()
    workspace = Workspace(out)
    if is_video(photos):
        workspace.claim(PhotoFolder(photos.parent, (photos.name,)), options)
        if not workspace.frames.is_dir():
            yield from extract_frames(photos, workspace.frames)
        folder = find_photos(workspace.frames)
    else:
        folder = find_photos(photos)
    if folder is None or len(folder.names) < FEWEST:
        held = "one photograph" if folder else "no photographs"
        raise UnusableCapture(f"{photos} holds {held}; at least two that show the same were wanted.")
    if not is_video(photos):
        workspace.claim(folder, options)
    elif options.matching == "auto":
        options = replace(options, matching="sequential")
    report = _finished(workspace, options)
    if report is None:
        report = yield from _find(folder, workspace, options)
    yield CamerasFound(out, report)


def _finished(workspace: Workspace, options: PosesOptions) -> CameraReport | None:
    """The report of a capture that was made as it is asked for now."""
    if not workspace.report.is_file():
        return None
    report = load_report(workspace.report)
    as_asked = report.mapper == options.mapper and options.matching in {"auto", report.matching}
    return report if as_asked else None


def _find(folder: PhotoFolder, workspace: Workspace, options: PosesOptions) -> Generator[Progress, None, CameraReport]:
    from recon.poses import diagnosis, structure
    from recon.poses.pairs import choose_matching
    from recon.poses.pairs_picture import draw_pairs
    from recon.poses.writing import write_capture

    workspace.report.unlink(missing_ok=True)
    facts, failed = yield from followed("Reading photographs", partial(_store, folder, workspace, options))
    yield from structure.find_features(workspace, facts, options)
    positions = sum(fact.has_position for fact in facts.values())
    matching = choose_matching(options.matching, len(facts), positions)
    yield from structure.find_matches(workspace, matching, options)
    models = yield from structure.find_models(workspace, len(facts), options)
    outcome = diagnosis.Outcome.of(workspace, models, list(facts))
    failed += outcome.failures()
    if not models:
        raise UnusableCapture(
            f"No two of the {len(folder.names)} photographs in {folder.path} could be placed together. "
            f"{common_reason(failed)} Photographs should overlap by two thirds, and be taken from places "
            "apart from each other."
        )
    yield from write_capture(models[0], workspace)
    report = outcome.report(failed, len(folder.names), matching, options.mapper)
    draw_pairs(report, workspace.pairs_picture)
    report.save(workspace.report)
    return report


Stored = tuple[dict[str, PhotoFacts], list[FailedPhoto]]


def _store(folder: PhotoFolder, workspace: Workspace, options: PosesOptions, job: Job) -> Stored:
    """Put every photograph into the workspace; those that cannot be read are named."""
    facts: dict[str, PhotoFacts] = {}
    failed: list[FailedPhoto] = []

    def store(name: str) -> PhotoFacts | FailedPhoto:
        kept, source = stored_name(name), folder.path / name
        mask = workspace.masks / f"{kept}.png"
        try:
            given = mask_of(name, options.masks) if options.masks else None
            if given:
                store_mask(given, source, mask)
            store_photo(source, workspace.photos / kept, mask)
            return photo_facts(source)
        except UnreadableFile:
            return FailedPhoto(name, "cannot be read as an image")

    pool = ThreadPoolExecutor(MOST_THREADS)
    try:
        for done, (name, found) in enumerate(zip(folder.names, pool.map(store, folder.names), strict=True), 1):
            if isinstance(found, FailedPhoto):
                failed.append(found)
            else:
                facts[stored_name(name)] = found
            job.report(done / len(folder.names))
    finally:
        pool.shutdown(cancel_futures=True)
    if workspace.masks.is_dir():  # COLMAP passes photographs over that have no mask, where others have one
        for name, fact in facts.items():
            store_blank_mask(workspace.masks / f"{name}.png", fact)
    return facts, failed
