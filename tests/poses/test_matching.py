"""Features, their matches along epipolar lines, and which views are compared."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from recon.poses.features import (
    LEAST_SIMILARITY,
    LINE_DISTANCE,
    RATIO,
    SAME_SPOT,
    Features,
    detect,
    fundamental_matrix,
    match,
    working_size,
)
from recon.poses.tracks import choose_pairs, stars, without_repeats
from recon.scene import Camera
from sample_scenes.scene import look_at


def camera(eye, target=(0.0, 0, 0), size=(400, 300)):
    return Camera(*size, 380, 390, size[0] / 2 + 3, size[1] / 2 - 2, look_at(np.array(eye, float), np.array(target)))


FIRST, SECOND = camera((3, 0, 0.4)), camera((2.8, 1.2, 0.6))


def random_features(pixels, seed):
    generator = np.random.default_rng(seed)
    descriptors = generator.random((len(pixels), 128)) ** 3
    descriptors /= np.linalg.norm(descriptors, axis=1, keepdims=True)
    return Features(
        pixels.astype(np.float32), np.round(255 * descriptors).astype(np.uint8), np.zeros((len(pixels), 3), np.float32)
    )


def test_points_lie_on_their_epipolar_lines():
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (50, 3))
    one, other = (np.c_[view.project(points)[0], np.ones(50)] for view in (FIRST, SECOND))
    lines = one @ fundamental_matrix(FIRST, SECOND).T
    distance = (lines * other).sum(1) / np.linalg.norm(lines[:, :2], axis=1)
    np.testing.assert_allclose(distance, 0, atol=1e-9)


def test_matches_are_the_right_ones_and_only_along_the_line():
    points = np.random.default_rng(1).uniform(-0.5, 0.5, (80, 3))
    one = random_features(FIRST.project(points)[0], 5)
    shuffle = np.random.default_rng(2).permutation(80)
    moved = SECOND.project(points)[0][shuffle]
    other = Features(moved.astype(np.float32), one.descriptors[shuffle], one.colors)
    found = match(one, other, fundamental_matrix(FIRST, SECOND))
    assert len(found) > 70
    np.testing.assert_array_equal(shuffle[found[:, 1]], found[:, 0])
    off = Features(other.pixels + np.float32([0, 40]), other.descriptors, other.colors)
    assert len(match(one, off, fundamental_matrix(FIRST, SECOND))) < 5


def brute_force(one, other, fundamental):
    """The same rules, in the plainest numpy."""

    def best(first, second, matrix):
        lines = np.c_[first.pixels, np.ones(len(first.pixels))] @ matrix.T
        lines /= np.linalg.norm(lines[:, :2], axis=1, keepdims=True)
        near = np.abs(lines @ np.c_[second.pixels, np.ones(len(second.pixels))].T) < LINE_DISTANCE
        scores = np.where(near, first.descriptors.astype(int) @ second.descriptors.astype(int).T, 0)
        top = scores.argmax(1)
        apart = np.linalg.norm(second.pixels[top][:, None] - second.pixels, axis=2) > SAME_SPOT
        return top, scores.max(1) / 255**2, np.where(apart, scores, 0).max(1) / 255**2

    top, score, rival = best(one, other, fundamental)
    back = best(other, one, fundamental.T)[0]
    index = np.arange(len(top))
    return index[(score >= LEAST_SIMILARITY) & (1 - score <= RATIO**2 * (1 - rival)) & (back[top] == index)]


def test_the_compiled_loop_does_what_plain_numpy_does():
    generator = np.random.default_rng(3)
    one = random_features(generator.random((300, 2)) * [400, 300], 1)
    noise = generator.integers(-25, 26, (300, 128))
    descriptors = np.clip(one.descriptors[::-1].astype(int) + noise, 0, 255).astype(np.uint8)
    other = Features((generator.random((300, 2)) * [400, 300]).astype(np.float32), descriptors, one.colors)
    fundamental = fundamental_matrix(FIRST, SECOND)
    expected = brute_force(one, other, fundamental)
    np.testing.assert_array_equal(match(one, other, fundamental)[:, 0], expected)


def test_photographs_without_features_match_nothing():
    empty = detect(np.full((40, 50, 3), 128, np.uint8))
    assert empty.pixels.shape == (0, 2)
    some = random_features(np.random.default_rng(0).random((5, 2)) * 100, 0)
    for pair in ((empty, some), (some, empty), (empty, empty)):
        assert match(*pair, fundamental_matrix(FIRST, SECOND)).shape == (0, 2)


def test_a_blob_is_found_at_its_centre_with_its_colour():
    y, x = np.mgrid[:80, :100] + 0.5
    blob = np.exp(-((x - 61.5) ** 2 + (y - 33.5) ** 2) / 2 / 3.0**2)
    image = np.stack([40 + 200 * blob, 40 + 20 * blob, 40 + 10 * blob], -1).astype(np.uint8)
    found = detect(image)
    nearest = np.linalg.norm(found.pixels - [61.5, 33.5], axis=1)
    assert nearest.min() < 0.15
    np.testing.assert_allclose(found.colors[nearest.argmin()], image[33, 61] / 255, atol=0.02)


def test_nothing_is_found_where_the_mask_is_black():
    image = np.random.default_rng(0).integers(0, 255, (80, 100, 3)).astype(np.uint8)
    allowed = np.zeros((80, 100), np.uint8)
    allowed[:, 50:] = 255
    found = detect(image, allowed)
    assert len(found.pixels) > 10
    assert found.pixels[:, 0].min() >= 49.5


@pytest.mark.parametrize(
    ("size", "wanted"),
    [((192, 144), (384, 288)), ((270, 480), (405, 720)), ((900, 700), (900, 700)), ((4000, 3000), (960, 720))],
)
def test_small_photographs_are_enlarged_and_large_ones_reduced(size, wanted):
    assert working_size(camera((3, 0, 0), size=size)) == wanted


def test_neighbours_on_a_ring_are_compared_and_opposites_are_not():
    angles = np.arange(24) * 2 * np.pi / 24
    pairs = choose_pairs([camera((3 * np.cos(a), 3 * np.sin(a), 1)) for a in angles])
    gaps = {min(abs(a - b), 24 - abs(a - b)) for a, b in pairs}
    assert gaps == {1, 2, 3, 4}
    assert all(first < second for first, second in pairs)
    assert pairs == sorted(set(pairs))


def test_views_from_one_place_or_the_other_way_are_not_compared():
    here, there = camera((3, 0, 0)), camera((3, 0.5, 0))
    away = camera((3, 1.0, 0), target=(9.0, 1, 0))
    assert choose_pairs([here, here, there, away]) == [(0, 2), (1, 2)]
    assert choose_pairs([here]) == []


def test_the_number_of_pairs_grows_no_faster_than_the_views():
    generator = np.random.default_rng(0)
    many = [camera(generator.normal(size=3) * 0.2 + [3, 0, 1]) for _ in range(600)]
    assert len(choose_pairs(many)) <= 4 * 600


def test_a_star_begins_with_its_centre_and_the_longest_one_speaks_for_a_point():
    features = [random_features(np.arange(4).reshape(2, 2), view) for view in range(3)]
    matches = {(0, 1): np.array([[0, 1]]), (1, 2): np.array([[1, 0]])}
    seen = stars(features, matches)
    groups = [seen.feature[seen.track == track].tolist() for track in range(3)]
    assert groups == [[0, 3], [3, 0, 4], [4, 3]]
    assert [features[v].pixels[f % 2].tolist() for v, f in zip(seen.view, seen.feature, strict=True)] == (
        seen.pixel.tolist()
    )
    assert without_repeats(seen).feature.tolist() == [3, 0, 4]


def test_importing_poses_loads_nothing_heavy():
    heavy = "{'torch', 'cv2', 'numba', 'pycolmap', 'scipy', 'PIL'}"
    code = f"import recon.poses, sys; found = {heavy} & set(sys.modules); sys.exit(str(found) if found else 0)"
    subprocess.run([sys.executable, "-c", code], check=True)
