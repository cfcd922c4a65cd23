"""Shapes of one kind taken apart alike: boxes on one leg or two, whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from recon.errors import InputError, InvalidParameter
from recon.families import Config, Cube, Family, cube_of, learn
from recon.families.cubes import cell_middles
from recon.families.family import KIND
from recon.meshes import in_convexes, topology
from recon.shapes import solid_of
from sample_scenes.furniture import make_furniture

STEPS = 150


def bench(width: float, height: float) -> Cube:
    """A plate on two legs, by the exact distance from each of its boxes."""
    boxes = [
        ((0, 0, height - 0.1), (width, 0.5, 0.1)),
        *(((side * (width - 0.12), 0, -0.1), (0.12, 0.5, height - 0.05)) for side in (-1, 1)),
    ]
    points = cell_middles()
    away = [np.abs(points - middle) - size for middle, size in boxes]
    distances = np.min([one.max(-1) for one in away], axis=0)
    return Cube(distances.astype(np.float32), np.array([1.0, 2.0, 3.0]), 2.0)


@pytest.fixture(scope="module")
def benches() -> list[Cube]:
    random = np.random.default_rng(0)
    return [bench(width, height) for width, height in random.uniform((0.6, 0.4), (0.9, 0.8), (6, 2))]


@pytest.fixture(scope="module")
def family(benches) -> Family:
    return learn(benches, Config(max_parts=3, steps=STEPS))


def iou(cube: Cube, parts) -> float:
    points = cell_middles().reshape(-1, 3)
    ours, true = in_convexes(parts, cube.to_world(points)), cube.distances.ravel() < 0
    return float((ours & true).sum() / (ours | true).sum())


def test_what_was_not_seen_is_taken_apart_as_well(family) -> None:
    unseen = bench(0.75, 0.6)
    assert iou(unseen, family.take_apart(unseen)) > 0.85


def test_parts_are_convex_and_closed_and_fewer_than_allowed(family, benches) -> None:
    parts = family.take_apart(benches[0])
    assert 2 <= len(parts) <= family.parts <= 3
    assert all(topology(part).watertight and topology(part).euler == 2 for part in parts)


def test_a_part_has_its_name_and_colour_in_every_shape(family, benches) -> None:
    looks = {
        (part.name, *part.colors[0].tolist()) for cube in benches for part in family.take_apart(cube, fitted=False)
    }
    assert len(looks) == len({name for name, *_ in looks}) <= family.parts


def test_the_same_seed_gives_the_same_family(benches) -> None:
    first, second = (learn(benches, Config(max_parts=3, steps=20)) for _ in range(2))
    assert np.array_equal(first.wiring, second.wiring)
    one, two = (each.take_apart(benches[0], fitted=False) for each in (first, second))
    assert all(np.array_equal(a.vertices, b.vertices) for a, b in zip(one, two, strict=True))


def test_what_is_written_comes_back(family, benches, tmp_path: Path) -> None:
    family.save(tmp_path / "family.safetensors")
    again = Family.load(tmp_path / "family.safetensors")
    for one, two in zip(family.take_apart(benches[1]), again.take_apart(benches[1]), strict=True):
        assert np.array_equal(one.vertices, two.vertices)


@pytest.mark.parametrize("content", [b"", b"no tensors", b"\x08\0\0\0\0\0\0\0{}      "])
def test_what_is_no_family_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "family.safetensors").write_bytes(content)
    with pytest.raises(InputError, match=r"family\.safetensors"):
        Family.load(tmp_path / "family.safetensors")


def test_a_wiring_that_is_none_is_refused(family, tmp_path: Path) -> None:
    family.save(tmp_path / "family.safetensors")
    tensors = load_file(tmp_path / "family.safetensors")
    tensors["wiring"] = tensors["wiring"].ravel()
    save_file(tensors, tmp_path / "family.safetensors", {"kind": KIND})
    with pytest.raises(InputError, match="which planes bound which part"):
        Family.load(tmp_path / "family.safetensors")


def test_one_shape_is_no_family(benches) -> None:
    with pytest.raises(InputError, match="at least 2 shapes, got 1"):
        learn(benches[:1])


def test_a_config_out_of_range_is_refused() -> None:
    with pytest.raises(InvalidParameter):
        Config(max_parts=0)


def test_a_cube_is_the_solid_in_its_own_frame() -> None:
    mesh = make_furniture(3).csg.mesh()
    cube = cube_of(solid_of(mesh, 60_000))
    inside = cube.to_world(cell_middles()[cube.distances < 0])
    low, high = mesh.vertices.min(0), mesh.vertices.max(0)
    assert np.abs(inside.min(0) - low).max() < 0.03 * (high - low).max()
    assert np.abs(inside.max(0) - high).max() < 0.03 * (high - low).max()


def test_furniture_is_made_of_named_boxes_that_hold_together() -> None:
    for seed in range(20):
        furniture = make_furniture(seed)
        assert set(furniture.names) >= {"top", "left back leg", "right front leg"}
        assert len(furniture.names) == len(set(furniture.names)) == len(furniture.csg.parts)
        assert furniture.csg.bounds()[0, 2] == 0


@pytest.mark.slow
def test_chairs_and_tables_are_taken_apart_alike() -> None:
    from benchmarks.decompose_set import alike, cube, iou, owners

    family = learn([cube(make_furniture(number)) for number in range(48)])
    truths = [make_furniture(number) for number in range(2000, 2008)]
    names, shared = [], []
    for number, truth in enumerate(truths):
        parts = family.take_apart(cube(truth))
        points = np.random.default_rng(number).uniform(*truth.csg.bounds(), (50_000, 3))
        names.append(owners(truth, parts, points))
        shared.append(iou(truth, parts, points))
    assert np.mean(shared) > 0.8
    assert alike(names) > 0.8
