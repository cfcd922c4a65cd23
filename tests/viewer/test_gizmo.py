"""What dragging a gizmo's handles does in space."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recon.editing import Placement
from recon.scene import Camera
from viewer.model.gizmo import Drag, Gizmo, round_step, turn

NUMBERS = st.floats(-1, 1)
TURNED = Placement((0.3, -0.2, 0.5), (0.8, 0.2, -0.5, 0.3), 1.7)
PIXELS = st.tuples(st.floats(50, 590), st.floats(50, 430))


def eye(azimuth: float = 0.7, elevation: float = 0.5, distance: float = 5.0) -> Camera:
    outward = np.array(
        [math.cos(azimuth) * math.cos(elevation), math.sin(azimuth) * math.cos(elevation), math.sin(elevation)]
    )
    right = np.cross(-outward, (0, 0, 1.0))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(-outward, right), -outward], axis=1)
    pose[:3, 3] = distance * outward
    return Camera(640, 480, 500, 500, 320, 240, pose)


CAMERAS = st.builds(eye, st.floats(-3, 3), st.floats(-1.2, 1.2), st.floats(3, 20))


def taken(gizmo: Gizmo, name: str, camera: Camera) -> Drag | None:
    """Hold a handle of that name where it can be seen best."""
    handle = next((each for each in gizmo.handles(camera) if each.name == name), None)
    if handle is None:
        return None
    x, y = handle.points[len(handle.points) // 3] if len(handle.points) > 4 else handle.points.mean(0)
    return Drag(gizmo, name, camera, (x, y))


@given(CAMERAS, st.sampled_from("xyz"), st.sampled_from(["world", "local"]), PIXELS)
def test_dragging_an_axis_moves_exactly_along_it(camera, name, axes, end) -> None:
    gizmo = Gizmo(TURNED, "move", axes)
    drag = taken(gizmo, name, camera)
    assume(drag is not None)
    change = drag.to(*end)
    axis = gizmo.directions["xyz".index(name)]
    moved = change.similarity.translation
    assert np.allclose(np.cross(moved, axis), 0, atol=1e-9 * max(1, np.linalg.norm(moved)))
    assert np.array_equal(change.similarity.rotation, np.eye(3))
    assert change.similarity.scale == 1


@given(CAMERAS, st.sampled_from("xyz"), st.floats(-0.5, 0.5))
def test_an_axis_follows_a_pointer_that_goes_along_it(camera, name, distance) -> None:
    gizmo = Gizmo(TURNED, "move", "local")
    axis = gizmo.directions["xyz".index(name)]
    assume(any(handle.name == name for handle in gizmo.handles(camera)))
    hold = gizmo.center + 0.2 * axis
    start, end = camera.project([hold, hold + distance * axis])[0]
    moved = Drag(gizmo, name, camera, tuple(start)).to(*end).similarity.translation
    assert np.allclose(moved, distance * axis, atol=1e-6)


@given(CAMERAS, st.sampled_from(["xy", "yz", "zx"]), NUMBERS, NUMBERS)
def test_a_plane_follows_the_pointer_and_keeps_its_height(camera, name, first, second) -> None:
    gizmo = Gizmo(TURNED, "move", "local")
    drag = taken(gizmo, name, camera)
    assume(drag is not None)
    normal = {"yz": 0, "zx": 1, "xy": 2}[name]
    u, v = np.delete(gizmo.directions, normal, axis=0)
    begin = gizmo.center + 0.2 * u + 0.2 * v
    wanted = 0.5 * (first * u + second * v)
    pixels, depth = camera.project([begin, begin + wanted])
    assume((depth > 0.5).all())
    moved = Drag(gizmo, name, camera, tuple(pixels[0])).to(*pixels[1]).similarity.translation
    assert np.allclose(moved, wanted, atol=1e-5)


@given(CAMERAS, st.sampled_from(["x", "y", "z", "view"]), PIXELS)
def test_turning_keeps_the_middle_and_the_axis(camera, name, end) -> None:
    gizmo = Gizmo(TURNED, "rotate", "local")
    drag = taken(gizmo, name, camera)
    similarity = drag.to(*end).similarity
    assert np.allclose(similarity.apply(gizmo.center), gizmo.center)
    if name != "view":
        axis = gizmo.directions["xyz".index(name)]
        assert np.allclose(similarity.rotation @ axis, axis)
    assert similarity.scale == 1


@given(CAMERAS, st.sampled_from("xyz"), st.floats(-2.5, 2.5))
def test_a_ring_follows_the_pointer_around(camera, name, angle) -> None:
    gizmo = Gizmo(TURNED, "rotate")
    axis = gizmo.directions["xyz".index(name)]
    sight = camera.center - gizmo.center
    assume(abs(axis @ sight) / np.linalg.norm(sight) > 0.2)
    across = np.cross(axis, (0.3, 0.5, 0.8))
    first = 0.3 * across / np.linalg.norm(across)
    pixels, _ = camera.project([gizmo.center + first, gizmo.center + turn(axis, angle) @ first])
    similarity = Drag(gizmo, name, camera, tuple(pixels[0])).to(*pixels[1]).similarity
    assert np.allclose(similarity.rotation, turn(axis, angle), atol=1e-6)


def test_a_ring_seen_edge_on_turns_by_the_way_along_it() -> None:
    camera = eye(azimuth=0.0, elevation=0.0)
    gizmo = Gizmo(Placement(), "rotate")
    there = Drag(gizmo, "z", camera, (320, 240)).to(320 + gizmo.length, 240).similarity.rotation
    back = Drag(gizmo, "z", camera, (320, 240)).to(320 - gizmo.length, 240).similarity.rotation
    assert np.allclose(there, turn((0, 0, 1), 1.0), atol=1e-6)
    assert np.allclose(back, there.T, atol=1e-6)
    # The near side follows the pointer: to the right on the picture.
    assert (camera.project([there @ (1, 0, 0)])[0] - camera.project([(1, 0, 0)])[0])[0, 0] > 0


def test_snapping_goes_in_round_steps() -> None:
    camera = eye()
    drag = taken(Gizmo(Placement(), "move"), "x", camera)
    step = round_step(drag.gizmo.reach(camera) / 8)
    moved = [drag.to(drag.start[0] + dx, drag.start[1], snap=True).similarity.translation[0] for dx in range(0, 60, 3)]
    assert np.allclose(np.round(np.array(moved) / step), np.array(moved) / step)
    assert len(set(np.round(moved, 9))) > 3
    turned = taken(Gizmo(Placement(), "rotate"), "view", camera).to(300, 100, snap=True).similarity.rotation
    degrees = math.degrees(math.acos((np.trace(turned) - 1) / 2))
    assert degrees == pytest.approx(15 * round(degrees / 15), abs=1e-6)
    assert degrees > 10
    factor = Drag(Gizmo(Placement(), "scale"), "all", camera, (420, 240)).to(463, 240, snap=True).similarity.scale
    assert factor == pytest.approx(1.4)


def test_sizes_grow_away_from_the_middle_and_never_vanish() -> None:
    camera, gizmo = eye(), Gizmo(TURNED, "scale")
    x, y = camera.project([gizmo.center])[0][0]
    drag = Drag(gizmo, "all", camera, (x + 100, y))
    assert drag.to(x + 200, y).similarity.scale == pytest.approx(2)
    assert np.allclose(drag.to(x + 200, y).similarity.apply(gizmo.center), gizmo.center)
    assert drag.to(x, y).similarity.scale > 0
    assert Drag(gizmo, "all", camera, (x, y)).to(x + gizmo.length, y).similarity.scale == pytest.approx(2)


def test_boxes_stretch_along_their_own_axes() -> None:
    camera = eye()
    gizmo = Gizmo(TURNED, "scale", "world", stretches=True)
    axis = gizmo.directions[1]
    start, end = camera.project([gizmo.center + 0.4 * axis, gizmo.center + 0.6 * axis])[0]
    change = Drag(gizmo, "y", camera, tuple(start)).to(*end)
    assert change.stretch == pytest.approx((1, 1.5, 1))
    assert np.array_equal(change.similarity.matrix, np.eye(4))
    assert not {"x", "y", "z"} & {handle.name for handle in Gizmo(TURNED, "scale").handles(camera)}


@pytest.mark.parametrize("kind", ["move", "rotate", "scale"])
def test_handles_are_found_under_the_pointer(kind) -> None:
    camera, gizmo = eye(), Gizmo(Placement(), kind, stretches=True)
    handles = gizmo.handles(camera)
    for handle in handles:
        x, y = handle.points.mean(0) if handle.area else handle.points[-1]
        found = gizmo.handle_at(camera, x, y)
        assert found is not None
        assert found.distance(x, y) <= handle.distance(x, y) + 1e-6
    assert gizmo.handle_at(camera, 5, 5) is None


def test_there_is_nothing_to_hold_behind_the_camera() -> None:
    camera = eye()
    behind = Placement(tuple(2 * camera.center))
    assert Gizmo(behind).handles(camera) == ()
    assert Gizmo(behind).handle_at(camera, 320, 240) is None


def test_an_axis_that_points_at_the_eye_is_left_out() -> None:
    camera = eye(azimuth=0.0, elevation=0.0)
    names = {handle.name for handle in Gizmo(Placement()).handles(camera)}
    assert "x" not in names
    assert {"y", "z", "view", "yz"} <= names


@pytest.mark.parametrize(("length", "step"), [(1, 1), (0.9, 0.5), (4.9, 2), (0.021, 0.02), (73, 50)])
def test_steps_are_round(length, step) -> None:
    assert round_step(length) == pytest.approx(step)
