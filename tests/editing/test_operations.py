"""What operations do to splats."""

from __future__ import annotations

import numpy as np
import pytest
from edit_scenes import EYE, LISTS, PATHS, PLACEMENTS, ball, looking_at_origin, ring
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.editing import (
    VALUES,
    All,
    Clear,
    CropToBox,
    Delete,
    Edited,
    Editing,
    Eye,
    Grow,
    Hide,
    Invert,
    Operation,
    Placement,
    SeenFrom,
    SelectBox,
    SelectBrush,
    SelectByValue,
    SelectPolygon,
    SelectRectangle,
    SelectSphere,
    ShowAll,
    Transform,
    apply,
    shown,
    summary,
)
from recon.errors import InputError
from recon.scene import Splats

ARRAYS = ("means", "quaternions", "scales", "opacities", "sh")
LEFT = SelectRectangle(eye=EYE, start=(0, 0), end=(40, 60))
quick = settings(max_examples=40, deadline=None)


def same(first: Edited, second: Edited) -> bool:
    masks = all(np.array_equal(getattr(first, name), getattr(second, name)) for name in ("selected", "hidden"))
    return masks and all(np.array_equal(getattr(first.splats, n), getattr(second.splats, n)) for n in ARRAYS)


@quick
@given(LISTS)
def test_any_list_leaves_the_result_alone_and_a_state_that_holds_together(operations: tuple[Operation, ...]) -> None:
    splats = ball()
    before = {name: getattr(splats, name).copy() for name in ARRAYS}
    edited = apply(splats, operations)
    assert all(np.array_equal(getattr(splats, name), before[name]) for name in ARRAYS)
    assert len(edited.splats) == len(edited.selected) == len(edited.hidden) == len(edited.indices)
    assert not (edited.selected & edited.hidden).any()
    assert (np.diff(edited.indices) > 0).all()
    assert np.array_equal(edited.splats.opacities, splats.opacities[edited.indices])
    assert len(shown(edited)) == len(edited.splats) - edited.hidden.sum()


@quick
@given(LISTS, st.integers(0, 6), st.integers(0, 6))
def test_undo_and_redo_are_shorter_and_longer_lists(operations: tuple[Operation, ...], back: int, forth: int) -> None:
    editing = Editing(ball())
    for length in (len(operations), back, forth, len(operations)):
        assert same(editing.apply(operations[:length]), apply(ball(), operations[:length]))


def test_a_list_that_begins_as_the_last_one_is_not_applied_from_the_start() -> None:
    applied = []

    class Counted(SelectSphere):
        def apply(self, edited: Edited) -> Edited:
            applied.append(self.radius)
            return super().apply(edited)

    editing = Editing(ball())
    steps = [Counted(radius=float(radius)) for radius in range(1, 6)]
    editing.apply(steps)
    editing.apply([*steps[:4], Counted(radius=9.0)])
    editing.apply(steps[:2])
    assert applied == [1, 2, 3, 4, 5, 9]


@pytest.mark.parametrize(
    ("mode", "joined"),
    [
        ("replace", lambda _, picked: picked),
        ("add", np.logical_or),
        ("subtract", lambda before, picked: before & ~picked),
        ("intersect", np.logical_and),
    ],
)
def test_modes_join_with_what_was_selected(mode, joined) -> None:
    splats = ball()
    sphere = SelectSphere(radius=0.6)
    before, picked = apply(splats, [LEFT]).selected, apply(splats, [sphere]).selected
    together = apply(splats, [LEFT, SelectSphere(mode=mode, radius=0.6)]).selected
    assert 0 < (before & picked).sum() < min(before.sum(), picked.sum())
    assert np.array_equal(together, joined(before, picked))


def test_a_rectangle_selects_what_projects_into_it_and_nothing_behind_the_eye() -> None:
    splats = ball(degree=0)
    behind = np.array([[0.0, -8.0, 0.5]], np.float32)
    splats = Splats(np.concatenate([splats.means[1:], behind]), *(getattr(splats, name) for name in ARRAYS[1:]))
    pixels, depth = looking_at_origin((0.0, -4.0, 0.5)).project(splats.means)
    wanted = (pixels[:, 0] <= 40) & (pixels[:, 0] >= 0) & (pixels[:, 1] >= 0) & (pixels[:, 1] <= 60) & (depth > 0)
    assert np.array_equal(apply(splats, [LEFT]).selected, wanted)
    assert not wanted[-1]
    assert 0 < wanted.sum() < len(splats) - 1


@quick
@given(PATHS)
def test_a_lasso_holds_what_winds_oddly_around(points: tuple) -> None:
    splats = ball()
    selected = apply(splats, [SelectPolygon(eye=EYE, points=points)]).selected
    pixels, _ = looking_at_origin((0.0, -4.0, 0.5)).project(splats.means)
    crossings = np.zeros(len(splats), int)
    for (x0, y0), (x1, y1) in zip(points, (*points[1:], points[0]), strict=True):
        spans = (pixels[:, 1] >= min(y0, y1)) & (pixels[:, 1] < max(y0, y1))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            crossings += spans & (pixels[:, 0] < x0 + (pixels[:, 1] - y0) * (np.float64(x1 - x0) / (y1 - y0)))
    # Float32 may decide the other way on the line itself.
    assert (selected != (crossings % 2 == 1)).sum() <= 1


def test_a_brush_selects_within_its_radius_of_the_path() -> None:
    splats = ball()
    points = ((20.0, 20.0), (50.0, 35.0), (50.0, 35.0))
    selected = apply(splats, [SelectBrush(eye=EYE, points=points, radius=6.0)]).selected
    pixels, _ = looking_at_origin((0.0, -4.0, 0.5)).project(splats.means)
    path = np.linspace(points[0], points[1], 2000)
    near = np.linalg.norm(pixels[:, None] - path, axis=2).min(axis=1) <= 6.0
    assert 0 < near.sum() < len(splats)
    assert (selected != near).sum() <= 1


def test_front_only_leaves_the_back_alone() -> None:
    near = np.stack(np.meshgrid(np.linspace(-1, 1, 60), [0.0], np.linspace(-1, 1, 60)), axis=-1).reshape(-1, 3)
    means = np.concatenate([near, near + np.array([0, 2, 0])]).astype(np.float32)
    count = len(means)
    splats = Splats(
        means,
        np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1)),
        np.full((count, 3), 0.02, np.float32),
        np.full(count, 0.9, np.float32),
        np.zeros((count, 1, 3), np.float32),
    )
    wall = SelectRectangle(eye=EYE, start=(35, 25), end=(45, 35), front_only=True)
    selected = apply(splats, [wall]).selected
    assert selected[: count // 2].sum() > 50
    assert not selected[count // 2 :].any()
    # With the front hidden, the back is what is nearest.
    hidden = apply(splats, [SelectBox(size=(9, 0.5, 9)), Hide(), wall]).selected
    assert not hidden[: count // 2].any()
    assert hidden[count // 2 :].sum() > 50


def test_volumes_hold_their_centres() -> None:
    splats = ball()
    turned = Placement((0.2, 0, 0), (np.cos(0.4), 0, 0, np.sin(0.4)), 1.5)
    selected = apply(splats, [SelectBox(placement=turned, size=(0.6, 0.3, 2.0))]).selected
    local = turned.similarity.inverse.apply(splats.means)
    assert np.array_equal(selected, (np.abs(local) <= [0.3, 0.15, 1.0]).all(axis=1))
    distance = np.linalg.norm(splats.means - [0.1, 0, 0], axis=1)
    assert np.array_equal(apply(splats, [SelectSphere(center=(0.1, 0, 0), radius=0.5)]).selected, distance <= 0.5)


def test_delete_hide_and_show() -> None:
    splats = ball()
    left = apply(splats, [LEFT]).selected
    deleted = apply(splats, [LEFT, Delete()])
    assert np.array_equal(deleted.indices, np.flatnonzero(~left))
    hidden = apply(splats, [LEFT, Hide(), All()])
    assert np.array_equal(hidden.hidden, left)
    assert np.array_equal(hidden.selected, ~left)
    assert np.array_equal(shown(hidden).means, splats.means[~left])
    assert not apply(splats, [LEFT, Hide(), ShowAll()]).hidden.any()
    assert np.array_equal(apply(splats, [LEFT, Invert()]).selected, ~left)
    assert not apply(splats, [LEFT, Clear()]).selected.any()


def test_cropping_keeps_the_box() -> None:
    edited = apply(ball(), [CropToBox(size=(1, 1, 1))])
    assert 0 < len(edited.splats) < 400
    assert np.abs(edited.splats.means).max() <= 0.5


def test_growing_takes_the_nearest() -> None:
    splats = ball()
    seed = int(np.argmin(np.linalg.norm(splats.means, axis=1)))
    start = SelectSphere(center=tuple(splats.means[seed].tolist()), radius=1e-6)
    assert apply(splats, [start]).selected.sum() == 1
    grown = apply(splats, [start, Grow(5)]).selected
    nearest = np.argsort(np.linalg.norm(splats.means - splats.means[seed], axis=1))[:6]
    assert set(np.flatnonzero(grown)) == set(nearest)


def test_values_select_their_range_and_histograms_count_every_splat() -> None:
    edited = apply(ball(), [SeenFrom(ring())])
    counted = edited.measures.histograms
    assert set(counted) == set(VALUES)
    for name in VALUES:
        values = edited.measures.value(name)
        middle = float(np.median(values))
        selected = SelectByValue(value=name, high=middle).apply(edited).selected
        assert np.array_equal(selected, values <= np.float32(middle))
        assert sum(counted[name].counts) == len(values)
        assert counted[name].low <= middle <= counted[name].high


def test_a_summary_says_how_many_and_where() -> None:
    everything = summary(apply(ball(), []))
    assert (everything.count, everything.selected, everything.hidden) == (400, 0, 0)
    assert np.allclose(everything.center, 0, atol=0.2)
    assert np.allclose(everything.size, 2 * 1.645 * 0.5, atol=0.3)
    right = summary(apply(ball(), [SelectBox(placement=Placement((5, 0, 0)), size=(10, 9, 9))]))
    assert right.selected > 100
    assert right.center[0] > 0.3
    assert summary(apply(ball(), [All(), Hide()])).hidden == 400
    assert summary(apply(ball(), [All(), Delete()])).count == 0


def test_seen_by_counts_the_pictures_that_hold_a_centre() -> None:
    splats, eyes = ball(), ring(7, radius=0.9)
    counts = np.zeros(len(splats))
    for a in np.linspace(0, 2 * np.pi, 7, endpoint=False):
        pixels, depth = looking_at_origin((0.9 * np.cos(a), 0.9 * np.sin(a), 1.0)).project(splats.means)
        counts += (depth > 0) & (pixels >= 0).all(axis=1) & (pixels <= [80, 60]).all(axis=1)
    assert 0 < counts.min() + 1 < counts.max()
    assert np.array_equal(apply(splats, [SeenFrom(eyes)]).measures.seen_by, counts)


@pytest.mark.parametrize("value", ["camera_distance", "seen_by"])
def test_what_needs_cameras_says_so(value) -> None:
    with pytest.raises(InputError, match="needs the cameras"):
        apply(ball(), [SelectByValue(value=value)])
    assert value not in Edited.of(ball()).measures.histograms


@pytest.mark.parametrize("splats", [ball(1), ball(0)], ids=["one", "none"])
def test_few_splats_are_no_reason_to_fail(splats: Splats) -> None:
    from recon.editing import SelectFloaters

    edited = apply(splats, [SeenFrom(ring()), LEFT, All(), Grow(), SelectFloaters(), All(), Transform()])
    assert edited.selected.all()
    assert len(apply(splats, [All(), Delete(), All(), Grow(), SelectFloaters(), Invert(), Delete()]).splats) == 0


@quick
@given(PLACEMENTS)
def test_moving_and_moving_back_restores_every_number(placement: Placement) -> None:
    splats = ball()
    back = Placement.of(placement.similarity.inverse)
    moved = apply(splats, [LEFT, Transform(placement)])
    edited = apply(splats, [LEFT, Transform(placement), Transform(back)])
    for name in ("means", "scales", "sh"):
        assert np.allclose(getattr(edited.splats, name), getattr(splats, name), atol=1e-5), name
        assert np.array_equal(getattr(moved.splats, name)[~moved.selected], getattr(splats, name)[~moved.selected]), (
            name
        )
    turns = np.abs((edited.splats.quaternions * splats.quaternions).sum(axis=1))
    assert np.allclose(turns, 1, atol=1e-5)


@settings(max_examples=8, deadline=None)
@given(PLACEMENTS)
def test_what_is_moved_looks_as_from_an_eye_moved_the_other_way(placement: Placement) -> None:
    from recon.render import Cameras, Gaussians, Options
    from recon.render.twin import rasterize
    from recon.scene import Camera

    def picture(splats: Splats, camera: Camera) -> np.ndarray:
        gaussians = Gaussians.from_splats(splats, "cpu")
        return rasterize(gaussians, Cameras.of([camera], "cpu"), Options()).features[0].numpy()

    camera = looking_at_origin((0.0, -4.0, 0.5), 40, 30, 35.0)
    moved_pose = np.eye(4)
    similarity = placement.similarity
    moved_pose[:3, :3] = similarity.rotation @ camera.world_from_camera[:3, :3]
    moved_pose[:3, 3] = similarity.apply(camera.center)
    moved_camera = Camera(40, 30, 35, 35, 20, 15, moved_pose)
    before = picture(ball(40), camera)
    after = picture(apply(ball(40), [Transform(placement)]).splats, moved_camera)
    assert before.std() > 0.02
    assert np.abs(after - before).max() < 1e-4


def test_an_eye_projects_as_its_camera() -> None:
    camera = looking_at_origin((1.0, -3.0, 2.0))
    eye = Eye.of(camera)
    u, v, depth = eye.pixels_from_offset @ (ball().means - eye.position).T
    pixels, depths = camera.project(ball().means)
    assert np.allclose(np.stack([u / depth, v / depth], axis=1), pixels, atol=1e-6)
    assert np.allclose(depth, depths)


def test_what_is_selected_is_drawn_in_another_colour() -> None:
    splats = ball()
    edited = apply(splats, [LEFT])
    drawn = shown(edited)
    assert np.array_equal(drawn.sh[~edited.selected], splats.sh[~edited.selected])
    assert (np.abs(drawn.sh - splats.sh).max(axis=(1, 2)) > 0)[edited.selected].all()
    assert shown(apply(splats, [])) is splats


@pytest.mark.parametrize("wrong", [{"scale": 0.0}, {"position": (0, np.nan, 0)}, {"rotation": (0, 0, 0, 0)}])
def test_what_is_no_placement_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match="placement"):
        Placement(**wrong)
