"""Seed points on a scene whose surface is known, and what must not change them."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

import sample_scenes
from recon.io import load_capture
from recon.io.images import ImageFile
from recon.poses import seed_points, seeding
from recon.scene import Capture, View
from sample_scenes.render import superquadric_norm, surface_color


@dataclass(frozen=True)
class Untouchable:
    """Pixels that nobody may read."""

    def read(self, width, height):
        raise AssertionError(f"these pixels were not to be read at {width}x{height}")


@dataclass(frozen=True)
class Counted:
    """Pixels that count how often they are read."""

    source: ImageFile
    reads: list

    def read(self, width, height):
        self.reads.append(1)
        return self.source.read(width, height)


@pytest.fixture(scope="module")
def desk() -> Capture:
    return load_capture(sample_scenes.path("desk"))


@pytest.fixture(scope="module")
def small(desk) -> Capture:
    """Six neighbouring views of the desk: enough for points, and quick."""
    return replace(desk, views=desk.views[1:7])


@pytest.fixture(scope="module")
def points(desk, tmp_path_factory):
    return seed_points(desk, tmp_path_factory.mktemp("cache"))


def distances(positions):
    """Distance (B, N) of points to each block's surface, to first order."""
    result = []
    for block in sample_scenes.desk().blocks:
        norm, gradient = superquadric_norm(block.to_local(positions) / block.scale, block.exponents)
        result.append(np.abs(norm - 1) / np.linalg.norm(gradient / block.scale, axis=1))
    return np.array(result)


def test_points_lie_on_the_surface(points):
    distance = distances(points.positions.astype(np.float64)).min(0)
    # The desk is 1.2 units wide, a pixel on it 0.005.
    assert len(points) > 3000
    assert np.median(distance) < 0.002
    assert (distance < 0.01).mean() > 0.9
    assert (distance < 0.05).mean() > 0.98


def test_every_object_has_points(points):
    nearest = distances(points.positions.astype(np.float64)).argmin(0)
    assert np.bincount(nearest, minlength=7).min() > 60


def test_points_wear_the_colour_of_the_surface(points):
    scene, positions = sample_scenes.desk(), points.positions.astype(np.float64)
    distance = distances(positions)
    for index, block in enumerate(scene.blocks):
        mine = (distance.argmin(0) == index) & (distance[index] < 0.003)
        wanted = surface_color(scene, block, positions[mine])
        assert np.median(np.abs(wanted - points.colors[mine])) < 0.08


def test_the_same_photographs_give_the_same_bytes(small, tmp_path, monkeypatch):
    one = seed_points(small, tmp_path / "one")
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    other = seed_points(small, tmp_path / "other")
    assert len(one) > 300
    assert one.positions.tobytes() == other.positions.tobytes()
    assert one.colors.tobytes() == other.colors.tobytes()


def test_test_views_are_never_looked_at(small, tmp_path):
    held = [replace(view, name=f"z{view.name}", image=Untouchable(), split="test") for view in small.views[:3]]
    more = replace(small, views=(*small.views, *held))
    with_test = seed_points(more, tmp_path / "more")
    np.testing.assert_array_equal(with_test.positions, seed_points(small, tmp_path / "less").positions)


def counted(capture: Capture, reads: list) -> Capture:
    return replace(capture, views=tuple(replace(view, image=Counted(view.image, reads)) for view in capture.views))


def test_the_second_time_is_read_from_the_cache(small, tmp_path, monkeypatch):
    first = seed_points(small, tmp_path)
    monkeypatch.setattr(ImageFile, "read", Untouchable.read)
    again = seed_points(small, tmp_path)
    assert first.positions.tobytes() == again.positions.tobytes()
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


def test_photographs_without_files_are_known_by_their_pixels(small, tmp_path):
    reads: list = []
    first = seed_points(counted(small, reads), tmp_path)
    assert len(reads) == 2 * len(small.views)
    again = seed_points(counted(small, reads), tmp_path)
    assert len(reads) == 3 * len(small.views)
    assert first.positions.tobytes() == again.positions.tobytes()


def test_another_camera_another_photograph_another_cache(small, tmp_path):
    seed_points(small, tmp_path / "cache")
    moved = small.views[0].camera.world_from_camera.copy()
    moved[0, 3] += 1e-3
    camera = replace(small.views[0].camera, world_from_camera=moved)
    seed_points(replace(small, views=(replace(small.views[0], camera=camera), *small.views[1:])), tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 2
    copy = tmp_path / "copy.png"
    copy.write_bytes(small.views[0].image.path.read_bytes())
    renamed = replace(small, views=(replace(small.views[0], image=ImageFile(copy)), *small.views[1:]))
    seed_points(renamed, tmp_path / "cache")
    os.utime(copy, ns=(1, 1))
    seed_points(renamed, tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 4


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not a zip", b"nonsense"])
def test_a_damaged_cache_is_made_anew(small, tmp_path, damage):
    blank = blanked(small)
    assert seed_points(blank, tmp_path) is None
    place = next(tmp_path.iterdir())
    whole = place.read_bytes()
    place.write_bytes(damage)
    assert seed_points(blank, tmp_path) is None
    assert place.read_bytes() == whole


def test_progress_rises_through_each_stage(small, tmp_path):
    told: list[tuple[str, float]] = []
    seed_points(small, tmp_path, lambda stage, fraction: told.append((stage, fraction)))
    stages = list(dict.fromkeys(stage for stage, _ in told))
    assert len(stages) == 3
    for stage in stages:
        fractions = [fraction for name, fraction in told if name == stage]
        assert fractions == sorted(fractions)
        assert 0 <= fractions[0] <= fractions[-1] <= 1


def test_an_error_in_progress_ends_the_work_and_leaves_nothing(small, tmp_path):
    def stop(stage, fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed_points(small, tmp_path, stop)
    steps = seeding(small, tmp_path)
    next(steps)
    steps.close()
    assert not list(tmp_path.iterdir())


@dataclass(frozen=True)
class Blank:
    """A grey photograph."""

    def read(self, width, height):
        return np.full((height, width, 3), 127, np.uint8)


def blanked(capture: Capture) -> Capture:
    return replace(capture, views=tuple(replace(view, image=Blank()) for view in capture.views))


def test_photographs_that_share_nothing_give_none(small, tmp_path):
    assert seed_points(blanked(small), tmp_path) is None


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_views_give_none(small, tmp_path, count):
    assert seed_points(replace(small, views=small.views[:count]), tmp_path) is None


@dataclass(frozen=True)
class RightHalf:
    """A mask whose left half is black."""

    def read(self, width, height):
        mask = np.zeros((height, width), np.uint8)
        mask[:, width // 2 :] = 255
        return mask


@pytest.mark.parametrize("band", ["mask", "alpha"])
def test_what_is_masked_gives_no_points(small, tmp_path, band):
    views: tuple[View, ...] = tuple(replace(view, **{band: RightHalf()}) for view in small.views)
    found = seed_points(replace(small, views=views), tmp_path)
    right = np.zeros(len(found), int)
    for view in views:
        right += view.camera.project(found.positions)[0][:, 0] > 95
    assert len(found) > 100
    assert right.min() >= 2


@pytest.mark.slow
def test_a_real_capture_gives_many_points_near_each_other(data, tmp_path):
    capture = load_capture(data("fox_quarter"))
    found = seed_points(capture, tmp_path)
    assert len(found) > 12_000
    centre = np.median(found.positions, axis=0)
    assert (np.linalg.norm(found.positions - centre, axis=1) < 15).mean() > 0.95


@pytest.mark.slow
def test_points_agree_with_a_model_made_by_colmap(data, tmp_path):
    from scipy.spatial import cKDTree

    from recon.io import CaptureOptions

    castle: Path = data("sceaux_castle")
    capture = load_capture(castle / "colmap" / "bin", CaptureOptions(images=castle / "images"))
    found = seed_points(capture, tmp_path)
    size = np.ptp(np.quantile(capture.points.positions, [0.05, 0.95], axis=0), axis=0).max()
    distance, _ = cKDTree(found.positions).query(capture.points.positions)
    assert len(found) > 3000
    assert np.median(distance) < 0.02 * size
