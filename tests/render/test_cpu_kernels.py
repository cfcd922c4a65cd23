"""Each step of the CPU pipeline by itself, against a slow and obvious way to say the same."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numba import njit

from recon.render import threads, twin
from recon.render.cpu_passes import PLANES, group_channels
from recon.render.kernels import binning, harmonics, harmonics_backward, packing, rows, rules, tiles

positive = st.floats(0.0, 2.0**100, width=32)


@given(npst.arrays(np.float32, st.integers(0, 60), elements=st.one_of(positive, st.sampled_from([1, 2]))))
@settings(deadline=None)
def test_depth_order_is_a_stable_sort_of_what_is_drawn(depths):
    drawn = np.flatnonzero(depths > 0)
    expected = drawn[np.argsort(depths[drawn], kind="stable")]
    np.testing.assert_array_equal(packing.depth_order(depths), expected)


def random_packed(count, width, height, seed=0):
    """Ellipses of all sizes and directions in and around an image, in the layout of the kernels."""
    random = np.random.default_rng(seed)
    packed = np.empty((count, rules.PACKED), np.float32)
    axes = random.normal(size=(count, 2, 2)) * np.exp(random.normal(0, 1.5, (count, 1, 2))) * 2
    covariance = axes @ axes.transpose(0, 2, 1) + 0.1 * np.eye(2)
    xx, xy, yy = covariance[:, 0, 0], covariance[:, 0, 1], covariance[:, 1, 1]
    opacity = random.uniform(0.005, 1, count)
    threshold = np.log(255 * opacity)
    packed[:, rules.CENTER_X] = random.uniform(-20, width + 20, count)
    packed[:, rules.CENTER_Y] = random.uniform(-20, height + 20, count)
    packed[:, rules.ROOT] = np.sqrt(yy / (2 * np.linalg.det(covariance)))
    packed[:, rules.SHEAR] = packed[:, rules.ROOT] * xy / yy
    packed[:, rules.FALL] = np.sqrt(1 / (2 * yy))
    packed[:, rules.OPACITY], packed[:, rules.THRESHOLD] = opacity, threshold
    packed[:, rules.EXTENT_X], packed[:, rules.EXTENT_Y] = np.sqrt(2 * threshold * xx), np.sqrt(2 * threshold * yy)
    return packed


def tiles_touched(row, width, height):
    """Tiles with a pixel at which s <= threshold, one by one."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    dx, dy = row[rules.CENTER_X] - x, row[rules.CENTER_Y] - y
    s = (row[rules.ROOT] * dx - row[rules.SHEAR] * dy) ** 2 + (row[rules.FALL] * dy) ** 2
    rows_hit, columns_hit = np.nonzero(s <= row[rules.THRESHOLD])
    across = math.ceil(width / rules.TILE)
    return set((rows_hit // rules.TILE * across + columns_hit // rules.TILE).tolist())


@pytest.mark.parametrize("chunks", [1, 3])
def test_every_tile_lists_what_touches_it_in_depth_order(chunks):
    width, height, count = 75, 50, 200
    packed = random_packed(count, width, height)
    bins = binning.bin_gaussians(packed, width, height, chunks)
    listed = [set() for _ in range(count)]
    for tile in range(len(bins.offsets) - 1):
        ids = bins.ids[bins.offsets[tile] : bins.offsets[tile + 1]]
        assert (np.diff(ids) > 0).all()
        for i in ids:
            listed[i].add(tile)
    touched = [tiles_touched(row.astype(np.float64), width, height) for row in packed]
    assert all(must <= does for must, does in zip(touched, listed, strict=True))
    assert sum(map(len, listed)) <= 1.15 * sum(map(len, touched))


@pytest.mark.parametrize("chunks", [1, 3])
def test_every_entry_has_a_slot_of_its_own_beside_those_of_its_gaussian(chunks):
    packed = random_packed(300, 75, 50, seed=1)
    bins = binning.bin_gaussians(packed, 75, 50, chunks)
    assert sorted(bins.slots) == list(range(len(bins.ids)))
    owner = np.searchsorted(bins.first_slots, bins.slots, side="right") - 1
    np.testing.assert_array_equal(owner, bins.ids)


def test_the_number_of_chunks_does_not_change_the_lists():
    packed = random_packed(300, 75, 50, seed=2)
    for one, other in zip(
        binning.bin_gaussians(packed, 75, 50, 1), binning.bin_gaussians(packed, 75, 50, 7), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_no_gaussians_give_empty_lists():
    bins = binning.bin_gaussians(np.empty((0, rules.PACKED), np.float32), 20, 20, 2)
    assert len(bins.ids) == 0
    np.testing.assert_array_equal(bins.offsets, np.zeros(5))


@njit
def basis_of(direction, bands):
    basis = np.zeros(16, np.float32)
    harmonics.write_basis(direction, bands, basis)
    return basis


@njit
def basis_backward_of(direction, bands, products):
    return harmonics_backward.basis_backward(direction, bands, products)


def unit_vectors(count):
    vectors = torch.randn(count, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return torch.nn.functional.normalize(vectors, dim=-1)


def test_harmonics_are_those_of_the_twin():
    directions = unit_vectors(50)
    truth = twin.harmonics(directions).numpy()
    ours = np.stack([basis_of(tuple(d.astype(np.float32)), 16) for d in directions.numpy()])
    np.testing.assert_allclose(ours, truth, atol=1e-6)


@pytest.mark.parametrize("bands", [1, 4, 9, 16])
def test_gradient_of_harmonics_by_direction(bands):
    directions = unit_vectors(20).requires_grad_()
    products = torch.randn(20, 16, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    value = (twin.harmonics(directions)[:, :bands] * products[:, :bands]).sum()
    (truth,) = torch.autograd.grad(value, directions) if bands > 1 else (torch.zeros(20, 3),)
    pairs = zip(directions.detach().numpy(), products.numpy(), strict=True)
    ours = [basis_backward_of(tuple(d.astype(np.float32)), bands, p.astype(np.float32)) for d, p in pairs]
    np.testing.assert_allclose(np.array(ours), truth.numpy(), atol=1e-5)


@njit
def draw_one(planes, packed, channels, window, variant):
    rows.draw_rows(planes, (packed, channels), 0, (np.float32(0.5), np.float32(0.5)), window, variant)


@pytest.mark.parametrize("half", [0, 1, rows.BOTH_HALVES])
def test_alpha_of_a_row_is_the_exponential(half):
    """A long Gaussian through a full row, at every height of its profile."""
    packed = np.zeros((1, rules.PACKED), np.float32)
    packed[0, [rules.ROOT, rules.FALL]] = np.sqrt(0.02)
    packed[0, [rules.CENTER_X, rules.CENTER_Y, rules.OPACITY, rules.THRESHOLD]] = 0.3, 0.2, 0.9, np.log(255 * 0.9)
    planes = np.zeros(2 * rules.TILE_PIXELS, np.float32)
    planes[: rules.TILE_PIXELS] = 1
    draw_one(planes, packed, np.full((1, 1), 2, np.float32), (2, 16, half), rows.variant_of(1, False))
    x, y = np.meshgrid(np.arange(16) + 0.5, np.arange(16) + 0.5)
    alpha = 0.9 * np.exp(-0.02 * ((packed[0, 0] - x) ** 2 + (packed[0, 1] - y) ** 2))
    alpha[(alpha < 1 / 255) | (y < 2)] = 0
    if half != rows.BOTH_HALVES:
        alpha[:, 8 * (1 - half) : 8 * (2 - half)] = 0
    transmittance, drawn = planes.reshape(2, 16, 16)
    np.testing.assert_allclose(transmittance, 1 - alpha, atol=1e-6)
    np.testing.assert_allclose(drawn, 2 * alpha, atol=2e-6)


def test_planes_start_at_a_cache_line():
    @njit
    def address():
        return tiles.aligned_planes(3).ctypes.data

    assert address() % 64 == 0


@pytest.mark.parametrize("depth", [False, True])
@pytest.mark.parametrize("count", [0, 1, 3, 15, 16, 17, 40])
def test_groups_hold_every_channel_once(count, depth):
    groups = group_channels(count, depth, whole=False)
    assert [channel for group in groups for channel in range(group.first, group.last)] == list(range(count))
    assert [group.depth for group in groups] == [False] * (len(groups) - 1) + [depth]
    assert all(group.planes in PLANES and group.last - group.first + group.depth <= group.planes for group in groups)
    (whole,) = group_channels(count, depth, whole=True)
    assert whole.planes >= count + depth


def test_kernels_are_kept_on_disk():
    binning.bin_gaussians(random_packed(3, 20, 20), 20, 20, 1)
    assert threads.numba.config.CACHE_DIR
    assert binning.bin_gaussians.stats.cache_path.startswith(threads.numba.config.CACHE_DIR)
