"""Pictures and videos as files."""

import cv2
import numpy as np
import pytest

from recon.errors import InputError, ResourceError
from recon.io.pictures import write_picture, write_pictures, write_video


def frames(count=8, height=36, width=48):
    """A white bar that moves one column a frame, on orange."""
    for index in range(count):
        frame = np.tile(np.float32([1.0, 0.5, 0.0]), (height, width, 1))
        frame[:, 4 * index : 4 * index + 4] = 1
        yield frame


def decode(path):
    capture = cv2.VideoCapture(str(path))
    while True:
        more, frame = capture.read()
        if not more:
            capture.release()
            return
        yield frame[..., ::-1]


def test_a_picture_is_written_without_loss(tmp_path):
    picture = np.random.default_rng(0).random((5, 7, 3), np.float32)
    write_picture(tmp_path / "new" / "a.png", picture)
    read = cv2.imread(str(tmp_path / "new" / "a.png"))[..., ::-1]
    np.testing.assert_array_equal(read, np.rint(picture * 255))
    write_picture(tmp_path / "b.png", read)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "b.png"))[..., ::-1], read)


def test_values_out_of_range_are_clamped(tmp_path):
    write_picture(tmp_path / "a.png", np.float32([[[-1, 0.5, 2]]]))
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "a.png"))[0, 0, ::-1], [0, 128, 255])


def test_sequences_keep_folders_and_change_suffixes(tmp_path):
    told = []
    names = ["left/1.jpg", "right/1.JPG", "2"]
    assert write_pictures(tmp_path, zip(names, frames(3), strict=True), told.append) == 3
    assert told == [1, 2, 3]
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert found == ["2.png", "left/1.png", "right/1.png"]


@pytest.mark.parametrize(("height", "width"), [(36, 48), (35, 47)])
def test_a_video_shows_its_frames_in_their_colours(tmp_path, height, width):
    told = []
    path = tmp_path / "clips" / "a.mp4"
    assert write_video(path, frames(8, height, width), fps=24, progress=told.append) == 8
    assert told == list(range(1, 9))
    decoded = list(decode(path))
    assert len(decoded) == 8
    for found, wanted in zip(decoded, frames(8, height, width), strict=True):
        assert found.shape == (36, 48, 3)
        assert np.abs(found[:height, :width] - 255 * wanted).mean() < 6


def test_a_video_plays_everywhere(tmp_path):
    path = tmp_path / "a.mp4"
    write_video(path, frames(), fps=30)
    content = path.read_bytes()
    assert content[4:8] == b"ftyp"
    assert b"avc1" in content
    assert content.index(b"moov") < content.index(b"mdat"), "players should not have to read to the end first"
    capture = cv2.VideoCapture(str(path))
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(30)
    capture.release()


def test_a_video_that_breaks_off_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"before")

    def broken():
        yield from frames(2)
        raise RuntimeError("the renderer failed")

    with pytest.raises(RuntimeError, match="the renderer failed"):
        write_video(path, broken())
    assert path.read_bytes() == b"before"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.mp4"]


def test_what_cannot_be_a_video_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one frame"):
        write_video(tmp_path / "a.mp4", [])
    with pytest.raises(ValueError, match="one size"):
        write_video(tmp_path / "a.mp4", [*frames(1), *frames(1, 20, 20)])
    with pytest.raises(InputError, match=r"named \*\.mp4"):
        write_video(tmp_path / "a.gif", frames())
    assert not list(tmp_path.iterdir())


def test_an_encoder_that_fails_is_quoted(tmp_path, monkeypatch):
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\necho 'Unknown encoder libx264' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))
    with pytest.raises(ResourceError, match="could not encode the video: Unknown encoder libx264"):
        write_video(tmp_path / "a.mp4", frames(4, 500, 500))
    assert not (tmp_path / "a.mp4").exists()
