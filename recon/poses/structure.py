"""Structure from motion by pycolmap: features, matches and models, each kept in a database as it is found."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Generator, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

import pycolmap

from recon.io.photos import PhotoFacts
from recon.poses.consistency import explained
from recon.poses.database import opened
from recon.poses.pairs import choose_pairs
from recon.poses.progress import Job, Progress, followed
from recon.poses.workspace import Matching, PosesOptions, Workspace

# Features of larger photographs are no truer, and cost more (measured: see docs/captures.md).
LARGEST_SIDE = 1024
MOST_FEATURES = 4096
FEATURES_AT_A_TIME = 4
PAIRS_AT_A_TIME = 60
# A group that shares one calibration can bear that tangential terms are estimated too.
ENOUGH_FOR_A_FULL_LENS = 8
SMALLEST_MODEL = 3
# Threads make an incremental reconstruction a matter of chance now and then: on the fox, one of ten glued two parts
# together wrongly and explained 86 % of the matches, where the others explain 95 %.
ATTEMPTS = 3
AGREES = 0.93


def find_features(
    workspace: Workspace, facts: dict[str, PhotoFacts], options: PosesOptions
) -> Generator[Progress, None, None]:
    """Find features in those photographs that have none yet.

    Parameters
    ----------
    workspace : Workspace
    facts : dict of str to PhotoFacts
        By the name a photograph is stored under.
    options : PosesOptions
    """
    jobs = [
        (names, group[start : start + FEATURES_AT_A_TIME])
        for names in _groups(facts, options).values()
        if (group := _without_features(workspace, names))
        for start in range(0, len(group), FEATURES_AT_A_TIME)
    ]
    total, done = len(facts), len(facts) - sum(len(chunk) for _, chunk in jobs)
    for names, chunk in jobs:
        work = partial(_extract, workspace, names, chunk)
        token = pycolmap.CancellationToken()
        for _ in followed("Finding features", work, token):
            yield Progress("Finding features", done / total)
        done += len(chunk)
    yield Progress("Finding features", 1.0)


def _groups(facts: dict[str, PhotoFacts], options: PosesOptions) -> dict[Any, list[str]]:
    """Names of the photographs that share a calibration."""
    groups = defaultdict(list)
    for name, fact in facts.items():
        # Whoever says "single" means one lens; photographs of another size still have another calibration.
        size = (fact.width, fact.height)
        key = {
            "auto": (*size, fact.lens),
            "single": size,
            "folder": (*size, str(PurePosixPath(name).parent)),
            "each": name,
        }[options.cameras]
        groups[key].append(name)
    return groups


def _without_features(workspace: Workspace, names: Sequence[str]) -> list[str]:
    with opened(workspace) as database:
        known = {image.name: image.image_id for image in database.read_all_images()}
        return [name for name in names if name not in known or not database.exists_descriptors(known[name])]


def _extract(workspace: Workspace, group: Sequence[str], names: Sequence[str], job: Job) -> None:
    reader = pycolmap.ImageReaderOptions()
    reader.camera_model = "OPENCV" if len(group) >= ENOUGH_FOR_A_FULL_LENS else "SIMPLE_RADIAL"
    if workspace.masks.is_dir():
        reader.mask_path = str(workspace.masks)
    with opened(workspace) as database:
        siblings = [image.camera_id for image in database.read_all_images() if image.name in set(group)]
    if siblings:
        reader.existing_camera_id = siblings[0]
    extraction = pycolmap.FeatureExtractionOptions()
    extraction.max_image_size = LARGEST_SIDE
    extraction.sift.max_num_features = MOST_FEATURES
    extraction.num_threads = os.cpu_count() or 1
    pycolmap.extract_features(
        workspace.database,
        workspace.photos,
        list(names),
        pycolmap.CameraMode.SINGLE,
        reader,
        extraction,
        pycolmap.Device.cpu,
        job.token,
    )


def find_matches(workspace: Workspace, matching: Matching, options: PosesOptions) -> Generator[Progress, None, None]:
    """Match and verify those pairs of photographs that are not yet."""
    with opened(workspace) as database:
        pairs = yield from choose_pairs(database, matching)
        names = {image.image_id: image.name for image in database.read_all_images()}
        waiting = [pair for pair in pairs if not database.exists_two_view_geometry(*pair)]
    done = len(pairs) - len(waiting)
    for start in range(0, len(waiting), PAIRS_AT_A_TIME):
        chunk = [(names[a], names[b]) for a, b in waiting[start : start + PAIRS_AT_A_TIME]]
        work = partial(_match, workspace, chunk, options.seed)
        for _ in followed("Matching photographs", work, pycolmap.CancellationToken()):
            yield Progress("Matching photographs", done / max(len(pairs), 1))
        done += len(chunk)
    yield Progress("Matching photographs", 1.0)


def _match(workspace: Workspace, pairs: Sequence[tuple[str, str]], seed: int, job: Job) -> None:
    verification = pycolmap.TwoViewGeometryOptions()
    verification.ransac.random_seed = seed
    with TemporaryDirectory() as folder:
        listed = Path(folder) / "pairs.txt"
        listed.write_text("".join(f"{first} {second}\n" for first, second in pairs), encoding="utf-8")
        pairing = pycolmap.ImportedPairingOptions()
        pairing.match_list_path = str(listed)
        pycolmap.match_image_pairs(
            workspace.database,
            pycolmap.FeatureMatchingOptions(),
            pairing,
            verification,
            pycolmap.Device.cpu,
            job.token,
        )


def find_models(workspace: Workspace, count: int, options: PosesOptions) -> Generator[Progress, None, list[Any]]:
    """Place photographs and points in space; models that do not join, the largest first.

    Tried again, with other random numbers, while the largest contradicts too many of the matches.
    """
    best: tuple[float, list[Any]] = (-1.0, [])
    for attempt in range(ATTEMPTS):
        seed = options.seed + attempt
        work = partial(_map_globally, workspace, seed)
        if options.mapper == "incremental":
            work = partial(_map_incrementally, workspace, seed, count)
        models = yield from followed("Placing photographs", work, pycolmap.CancellationToken())
        if models:
            models = sorted(models, key=lambda model: -model.num_reg_images())
            agreement = explained(models[0], workspace)
            best = max(best, (agreement * models[0].num_reg_images(), models), key=lambda found: found[0])
            if agreement >= AGREES:
                break
    if best[1]:
        yield from followed("Refining", partial(_refine, best[1][0]))
    return best[1]


def _refine(model: Any, job: Job) -> None:
    """Adjust everything once more, now the principal points too, where enough photographs share each calibration."""
    users = Counter(image.camera_id for image in model.images.values() if image.has_pose)
    if min(users.values()) >= ENOUGH_FOR_A_FULL_LENS:
        options = pycolmap.BundleAdjustmentOptions()
        options.refine_principal_point = True
        config = pycolmap.BundleAdjustmentConfig()
        for number in model.reg_image_ids():
            config.add_image(number)
        config.fix_gauge(pycolmap.BundleAdjustmentGauge.TWO_CAMS_FROM_WORLD)
        pycolmap.create_default_bundle_adjuster(options, config, model).solve()
    job.report(1.0)


def _map_incrementally(workspace: Workspace, seed: int, count: int, job: Job) -> list[Any]:
    pipeline = pycolmap.IncrementalPipelineOptions()
    pipeline.min_model_size = SMALLEST_MODEL
    pipeline.random_seed = seed
    placed = 0

    def one_more() -> None:
        nonlocal placed
        placed += 1
        job.report(placed / count)

    with TemporaryDirectory(dir=workspace.hidden) as folder:
        models = pycolmap.incremental_mapping(
            workspace.database,
            workspace.photos,
            folder,
            pipeline,
            initial_image_pair_callback=one_more,
            next_image_callback=one_more,
            cancellation_token=job.token,
        )
    return list(models.values())


def _map_globally(workspace: Workspace, seed: int, job: Job) -> list[Any]:  # noqa: ARG001 - as any work of a thread
    pipeline = pycolmap.GlobalPipelineOptions()
    pipeline.min_model_size = SMALLEST_MODEL
    pipeline.random_seed = seed
    with TemporaryDirectory(dir=workspace.hidden) as folder:
        return list(pycolmap.global_mapping(workspace.database, workspace.photos, folder, pipeline).values())
