"""Films along camera paths."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from recon.editing import Delete, Hide, SelectSphere, edits_path, save_edits
from recon.errors import InputError
from recon.io import write_splats
from recon.io.camera_paths import write_film
from recon.runs import render_film
from recon.runs.films import Photographer, film_steps, load_result
from recon.scene import Splats
from recon.scene.camera_path import MODES, CameraPath, Film, Keyframe


@pytest.fixture
def ball(tmp_path: Path) -> Path:
    """A red ball at the origin."""
    splats = Splats(
        means=np.zeros((1, 3), np.float32),
        quaternions=np.float32([[1, 0, 0, 0]]),
        scales=np.full((1, 3), 0.3, np.float32),
        opacities=np.float32([0.99]),
        sh=np.float32([[[1.7, -1.7, -1.7]]]),
    )
    write_splats(tmp_path / "ball.ply", splats)
    return tmp_path / "ball.ply"


def film(**changes) -> Film:
    """Three frames in which the camera passes the ball from left to right."""
    keyframes = []
    for time, x in ((0, -1.0), (1, 1.0)):
        pose = np.eye(4)
        pose[:3, 3] = (x, 0, -4)
        keyframes.append(Keyframe(time, pose, 0.8, 4))
    return Film(
        **{"path": CameraPath(tuple(keyframes), 1), "width": 64, "height": 48, "frames_per_second": 4} | changes
    )


def columns(frames) -> list[float]:
    """Where the ball is in each frame, 0 to 1."""
    weights = [np.abs(frame.astype(float) - frame[0, 0].astype(float)).sum(axis=(0, 2)) for frame in frames]
    return [float((weight * (np.arange(len(weight)) + 0.5)).sum() / weight.sum() / len(weight)) for weight in weights]


def test_a_video_shows_what_the_camera_passes(ball: Path, tmp_path: Path) -> None:
    told = []
    out = tmp_path / "film.mp4"
    assert render_film(ball, film(), out, lambda done, total: told.append((done, total))) == 4
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    video = cv2.VideoCapture(str(out))
    frames = [video.read()[1] for _ in range(4)]
    assert not video.read()[0]
    video.release()
    assert frames[0].shape == (48, 64, 3)
    seen = columns(frames)
    assert seen == sorted(seen, reverse=True)
    assert seen[0] > 0.65
    assert seen[2] == pytest.approx(0.5, abs=0.02)


def test_pictures_may_be_transparent(ball: Path, tmp_path: Path) -> None:
    render_film(ball, film(background=None), tmp_path / "frames")
    files = sorted((tmp_path / "frames").iterdir())
    assert [file.name for file in files] == [f"frame_{i:05d}.png" for i in range(1, 5)]
    picture = cv2.imread(str(files[2]), cv2.IMREAD_UNCHANGED)
    assert picture.shape == (48, 64, 4)
    assert picture[0, 0, 3] == 0
    assert picture[24, 32, 3] > 240
    faint = picture[(picture[..., 3] > 40) & (picture[..., 3] < 120)]
    assert (faint[:, 2] > 200).all(), "colour is not darkened by transparency"


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_drawn_over_the_background(ball: Path, tmp_path: Path, mode: str) -> None:
    render_film(ball, film(mode=mode, background=(0, 0, 1)), tmp_path / mode)
    picture = cv2.imread(str(tmp_path / mode / "frame_00003.png"))
    assert picture[0, 0].tolist() == ([0, 0, 0] if mode == "alpha" else [255, 0, 0])
    assert picture[24, 32].tolist() != picture[0, 0].tolist()


def test_the_same_depth_has_the_same_colour_in_all_frames(ball: Path) -> None:
    """Two cameras see the ball alone, one from twice as far: with a scale for each, both would look alike."""
    near, far = np.eye(4), np.eye(4)
    near[2, 3], far[2, 3] = -3, -6
    path = CameraPath((Keyframe(0, near, 0.4, 4), Keyframe(0.5, far, 0.4, 4)), 1)
    frames = list(Photographer(load_result(ball), "depth", (0, 0, 0), "cpu").frames(film(path=path, mode="depth")))
    assert np.abs(frames[0][24, 32] - frames[3][24, 32]).max() > 0.3


def test_the_saved_path_gives_the_same_film(ball: Path, tmp_path: Path) -> None:
    write_film(tmp_path / "path.json", film())
    render_film(ball, film(), tmp_path / "a")
    render_film(ball, tmp_path / "path.json", tmp_path / "b")
    for name in ("frame_00001.png", "frame_00004.png"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("out", ["film.mp4", "frames"])
def test_breaking_off_leaves_nothing(ball: Path, tmp_path: Path, out: str) -> None:
    before = set(tmp_path.iterdir())
    steps = film_steps(load_result(ball), film(), tmp_path / out)
    assert next(steps) == 1
    steps.close()
    assert set(tmp_path.iterdir()) == before


def test_what_cannot_be_filmed_is_refused(ball: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no keyframe"):
        render_film(ball, Film(CameraPath()), tmp_path / "a.mp4")
    with pytest.raises(InputError, match="cannot be transparent"):
        render_film(ball, film(background=None), tmp_path / "a.mp4")
    with pytest.raises(InputError, match="is a file"):
        render_film(ball, film(), ball)
    with pytest.raises(InputError, match="is not there"):
        render_film(tmp_path / "nothing.ply", film(), tmp_path / "a.mp4")


def test_the_command_line_renders_a_saved_path(ball: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from recon.cli import main

    write_film(tmp_path / "path.json", film())
    with pytest.raises(SystemExit) as end:
        main(["render", str(ball), "--path", str(tmp_path / "path.json"), "--out", str(tmp_path / "film.mp4")])
    assert not end.value.code
    assert "4 pictures written" in capsys.readouterr().out
    assert (tmp_path / "film.mp4").stat().st_size > 500


@pytest.mark.parametrize(("change", "left", "with_hidden"), [(Delete(), 0, 0), (Hide(), 0, 1)])
def test_edits_decide_what_is_filmed(ball: Path, change: object, left: int, with_hidden: int) -> None:
    save_edits(edits_path(ball), [SelectSphere(center=(0.0, 0.0, 0.0), radius=0.3), change])
    assert len(load_result(ball)) == left
    assert len(load_result(ball, with_hidden=True)) == with_hidden
    assert len(load_result(ball, edited=False)) == 1
