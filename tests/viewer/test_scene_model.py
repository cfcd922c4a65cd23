"""What is open, where to stand, which camera is under the pointer, and how state changes are told."""

from __future__ import annotations

import json
import queue
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sample_scenes
from recon.errors import InputError, TriptychError
from recon.scene import Camera, View
from viewer.engine.pace import Pace
from viewer.model import Orbit, Photos, Scene, WindowModel, home, key_of, open_scene, up_direction
from viewer.model.framing import focus, next_up, usual_up
from viewer.model.frusta import frustum_depth, image_corners, view_at
from viewer.model.photos import THUMBNAIL


class Grey:
    """A photograph of one shade, or one that cannot be read."""

    def __init__(self, shade: int | None = 100) -> None:
        self.shade = shade

    def read(self, width: int, height: int) -> np.ndarray:
        if self.shade is None:
            raise OSError("gone")
        return np.full((height, width, 3), self.shade, np.uint8)


def looking_at(center, target=(0, 0, 0), up=(0, 0, 1), roll: float = 0.0) -> Camera:
    forward = np.array(target, float) - center
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack(
        [np.cos(roll) * right + np.sin(roll) * down, np.cos(roll) * down - np.sin(roll) * right, forward], axis=1
    )
    pose[:3, 3] = center
    return Camera(64, 48, 60, 60, 32, 24, pose)


def ring(count: int = 12, up=(0, 0, 1), target=(0, 0, 0), **changes) -> list[View]:
    """Views around a target, all looking down at it."""
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    east = np.cross(up, [0.3, 0.9, 0.1])
    east /= np.linalg.norm(east)
    north = np.cross(up, east)
    centers = np.array(target) + 3 * (np.cos(turn)[:, None] * east + np.sin(turn)[:, None] * north) + 2 * np.array(up)
    views = [View(f"{i:02}.png", looking_at(center, target, up), Grey()) for i, center in enumerate(centers)]
    return [replace(view, **changes) for view in views]


@pytest.mark.parametrize("up", [(0, 0, 1), (0, -1, 0), (0.6, 0, 0.8)])
def test_up_is_found_from_cameras_that_look_down(up) -> None:
    assert np.allclose(up_direction(ring(up=up)), up, atol=0.02)


def test_up_is_found_from_a_row_of_parallel_cameras_that_look_down() -> None:
    views = [View(str(x), looking_at((x, -3, 2), (x, 0, 1.4)), Grey()) for x in range(5)]
    assert up_direction(views)[2] > 0.97


def test_up_snaps_to_an_axis_when_cameras_waver() -> None:
    random = np.random.default_rng(0)
    views = [replace(view, camera=looking_at(view.camera.center, roll=random.normal(0, 0.02))) for view in ring()]
    assert up_direction(views) == (0.0, 0.0, 1.0)


def test_trying_other_axes_comes_round() -> None:
    seen = [(0.6, 0.0, 0.8)]
    for _ in range(5):
        seen.append(next_up(seen[-1]))
    assert len(set(seen[1:5])) == 4
    assert seen[1] == seen[5]


def test_focus_is_where_the_cameras_look() -> None:
    assert np.allclose(focus(ring(target=(1, 2, 3)), np.zeros((0, 3))), [1, 2, 3])


def test_focus_of_parallel_cameras_is_among_the_points() -> None:
    views = [View(str(x), looking_at((x, -3, 0), (x, 0, 0)), Grey()) for x in range(5)]
    points = np.random.default_rng(0).normal([2, 4, 0], 0.1, (99, 3)).astype(np.float32)
    assert np.allclose(focus(views, points), [2, 4, 0], atol=0.1)
    assert focus(views, points[:0])[1] > 0  # in front of them


@pytest.mark.parametrize("views", [[], ring()], ids=["points only", "cameras"])
def test_home_sees_the_whole_scene(views: list[View]) -> None:
    points = np.random.default_rng(0).normal(0, 0.5, (500, 3)).astype(np.float32)
    eye = home(views, points, up_direction(views)).camera(640, 480)
    pixels, depth = eye.project(points)
    inside = (depth > 0) & (pixels > 0).all(1) & (pixels < [640, 480]).all(1)
    assert inside.mean() > 0.9


@pytest.mark.parametrize(
    ("names", "up"),
    [(["a.obj"], (0, 1, 0)), (["a.STL"], (0, 0, 1)), (["a.ply"], (0, -1, 0)), (["a.obj", "b.stl"], (0, -1, 0))],
)
def test_up_without_cameras_is_what_is_usual_in_such_files(names: list[str], up: tuple[float, ...]) -> None:
    assert usual_up([Path(name) for name in names]) == up


def test_home_without_cameras_has_the_scene_in_its_middle_however_uneven_its_points() -> None:
    dense, wide = np.tile([[0.9, 0.9, 0.9]], (500, 1)), np.random.default_rng(0).uniform(-1, 1, (500, 3))
    orbit = home([], np.concatenate([dense, wide]).astype(np.float32), (0.0, 0.0, 1.0))
    np.testing.assert_allclose(orbit.pivot, 0, atol=0.12)


def test_home_of_nothing_is_somewhere() -> None:
    assert home([], np.zeros((0, 3), np.float32), (0.0, 0.0, 1.0)).distance > 0


def test_frusta_of_neighbours_do_not_touch() -> None:
    views = ring(12)
    width = 64 / 60 * frustum_depth(views)
    apart = np.linalg.norm(views[0].camera.center - views[1].camera.center)
    assert 0.2 * apart < width < apart


def test_the_nearest_camera_under_the_pointer_is_found() -> None:
    near, far = (View(str(z), looking_at((0, 0, z), (0, 0, -9), up=(0, 1, 0)), Grey()) for z in (1, 0))
    eye = looking_at((0, 0, 5), up=(0, 1, 0))
    (x, y), _ = (each[0] for each in eye.project(image_corners(near.camera, 0.3).mean(0)[None]))
    assert view_at([far, near], 0.3, eye, x, y) is near
    assert view_at([far, near], 0.3, eye, x + 30, y) is None
    behind = looking_at((0, 0, -5), (0, 0, -9), up=(0, 1, 0))
    assert view_at([far, near], 0.3, behind, 32, 24) is None


def test_fields_announce_their_change_once() -> None:
    model, heard = WindowModel(), []
    model.events.connect(lambda info: heard.append(info.signal.name))
    model.show_grid = True  # as it was
    model.photo_opacity = 0.5
    model.photo = np.ones((3, 3, 3), np.uint8)
    model.photo = None
    assert heard == ["photo_opacity", "photo", "photo"]


def test_standing_ends_when_one_moves() -> None:
    model = WindowModel()
    model.scene = open_scene([sample_scenes.path("desk")])
    model.up = (0.0, 0.0, 1.0)
    name = model.views[4].name
    model.stand_at(name)
    assert model.standing
    assert np.allclose(model.orbit.world_from_camera, model.selected_view.camera.world_from_camera, atol=1e-9)
    model.navigate(model.orbit.turned(0.1, 0))
    assert not model.standing
    assert model.selected == name


class TestOpening:
    def test_a_splat_file_and_a_capture_together(self, tmp_path: Path) -> None:
        splats = tmp_path / "some.ply"
        splats.touch()
        scene = open_scene([splats, sample_scenes.path("desk")])
        assert [(result.path, result.kind) for result in scene.results] == [(splats, "splats")]
        assert len(scene.views) == 30
        assert scene.title == "some.ply, desk"

    def test_a_run(self, tmp_path: Path) -> None:
        self.write_run(tmp_path)
        (tmp_path / "result.ply").touch()
        views = [{"name": "images/0001.png", "psnr": 30.5, "ssim": 0.9}]
        metrics = {"protocol": {}, "mean": {"psnr": 30.5, "ssim": 0.9}, "views": views}
        (tmp_path / "metrics.json").write_text(json.dumps(metrics))
        scene = open_scene([tmp_path])
        (result,) = scene.results
        assert result.path == tmp_path / "result.ply"
        assert result.key == key_of(tmp_path)
        assert result.run == tmp_path
        assert result.scores["images/0001.png"].psnr == 30.5
        assert result.mean.ssim == 0.9
        assert scene.view("images/0001.png").split == "test"
        assert scene.notices == ()

    def test_a_run_that_lacks_things_says_which(self, tmp_path: Path) -> None:
        self.write_run(tmp_path, capture=tmp_path / "moved away")
        scene = open_scene([tmp_path])
        assert scene.results == ()
        assert scene.capture is None
        words = "\n".join(scene.notices)
        for part in ("has no result yet", "is shown without photographs"):
            assert part in words

    def test_a_run_whose_metrics_are_damaged_is_shown_without(self, tmp_path: Path) -> None:
        self.write_run(tmp_path)
        (tmp_path / "result.ply").touch()
        (tmp_path / "metrics.json").write_text('{"views": 3}')
        scene = open_scene([tmp_path])
        assert "is shown without its PSNR and SSIM" in "\n".join(scene.notices)
        assert scene.results[0].scores == {}

    def test_several_results_and_a_capture_in_any_order(self, tmp_path: Path) -> None:
        runs = [tmp_path / name for name in "ab"]
        for run in runs:
            run.mkdir()
            self.write_run(run, capture=tmp_path / "moved away")
            (run / "result.ply").touch()
        scene = open_scene([runs[0], sample_scenes.path("desk"), runs[1], runs[0]])
        assert [result.title for result in scene.results] == ["a", "b"]
        assert len(scene.views) == 30
        assert scene.notices == ()

    def test_what_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="nowhere does not exist"):
            open_scene([tmp_path / "nowhere"])

    def test_what_is_neither(self, tmp_path: Path) -> None:
        with pytest.raises(TriptychError):
            open_scene([tmp_path])

    @staticmethod
    def write_run(folder: Path, capture: Path | None = None) -> None:
        from recon.runs import CaptureSource, Run

        source = CaptureSource(str(capture or sample_scenes.path("desk")))
        Run(folder, method="splats", config={}, seed=0, device="cpu", capture=source).save()


class TestPhotos:
    @pytest.fixture
    def posted(self):
        return queue.Queue()

    @pytest.fixture
    def photos(self, posted):
        made = Photos(posted.put)
        yield made
        made.close()

    def test_thumbnails_arrive_one_by_one_and_gaps_do_not_stop_them(self, photos: Photos, posted) -> None:
        views = ring(4)
        views[1] = replace(views[1], image=Grey(None))
        done, arrived = [], []
        photos.thumbnail_arrived.connect(arrived.append)
        photos.show(views, lambda: done.append(True))
        while not done:
            posted.get(timeout=10)()
        assert arrived == ["00.png", "02.png", "03.png"]
        assert photos.thumbnails["02.png"].shape == (48, 64, 3)

    def test_the_photo_looked_at_comes_first(self, photos: Photos, posted) -> None:
        got, begun, blocked = [], threading.Event(), queue.Queue()

        class Slow:
            def read(self, *_):
                begun.set()
                return blocked.get(timeout=10)

        photos.show([replace(ring(1)[0], image=Slow()), *ring(30)], lambda: got.append("all"))
        assert begun.wait(timeout=10)
        photos.hurry(ring(30)[20])
        large = replace(ring(1)[0], camera=Camera(4000, 3000, 1, 1, 1, 1))
        photos.read(large, 1000, lambda pixels: got.append(pixels.shape))
        photos.thumbnail_arrived.connect(got.append)
        blocked.put(np.zeros((9, 9, 3), np.uint8))
        while "all" not in got:
            posted.get(timeout=10)()
        assert got[1:3] == [(750, 1000, 3), "20.png"]
        assert got.count("20.png") == 1

    def test_nothing_of_an_older_scene_arrives(self, photos: Photos, posted) -> None:
        done = []
        photos.show(ring(30), lambda: done.append("old"))
        photos.show(ring(2), lambda: done.append("new"))
        while not done:
            posted.get(timeout=10)()
        assert done == ["new"]
        assert len(photos.thumbnails) == 2

    def test_thumbnails_are_small(self, photos: Photos, posted) -> None:
        got = []
        photos.read(replace(ring(1)[0], camera=Camera(1000, 4000, 1, 1, 1, 1)), THUMBNAIL, got.append)
        posted.get(timeout=10)()
        assert got[0].shape == (256, 64, 3)


def test_pictures_are_as_coarse_as_needed() -> None:
    pace, pixels = Pace(), 1_000_000
    assert pace.divisor(pixels) == 2
    for seconds, divisor in ((0.01, 1), (0.04, 1), (0.1, 2), (0.3, 3), (5.0, 4)):
        pace.learn(pixels, seconds)
        assert pace.divisor(pixels) == divisor
    assert pace.divisor(pixels // 100) == 2


def test_a_scene_without_photographs_has_no_views() -> None:
    assert Scene("empty").views == ()
    assert Orbit() == Orbit()
