from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.errors import InputError
from recon.io.pictures import write_video
from recon.poses.frames import Judged, choose_frames, extract_frames


def run(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """A pan over a texture that rests for 20 frames, then moves 4 pixels a frame; every third frame is blurred."""
    rng = np.random.default_rng(0)
    texture = cv2.resize(rng.integers(0, 256, (60, 200, 3)).astype(np.uint8), (800, 240), interpolation=cv2.INTER_CUBIC)

    def frames():
        for index in range(80):
            start = max(0, index - 20) * 4
            frame = np.ascontiguousarray(texture[:, start : start + 320])
            yield cv2.GaussianBlur(frame, (0, 0), 4) if index % 3 == 0 else frame

    path = tmp_path_factory.mktemp("video") / "pan.mp4"
    write_video(path, frames())
    return path


def test_frames_are_sharp_and_evenly_spaced_in_motion(tmp_path, video):
    names = run(extract_frames(video, tmp_path / "frames", 12))
    numbers = [int(name[6:12]) for name in names]
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == sorted(names)
    assert 11 <= len(numbers) <= 12
    assert all(number % 3 for number in numbers)
    assert sum(number <= 20 for number in numbers) <= 2
    steps = np.diff([number for number in numbers if number > 20])
    assert steps.min() >= 2
    assert steps.max() <= 9


@given(
    motions=st.lists(st.floats(0, 0.5), min_size=2, max_size=60),
    sharpness=st.lists(st.floats(0, 100), min_size=60, max_size=60),
    count=st.one_of(st.none(), st.integers(2, 40)),
)
def test_frames_are_chosen_whatever_moves(motions, sharpness, count):
    judged = [Judged(sharp, motion) for motion, sharp in zip(motions, sharpness, strict=False)]
    chosen = choose_frames(judged, count)
    assert chosen == sorted(set(chosen))
    assert 1 <= len(chosen) <= (count or 300)
    assert 0 <= chosen[0] <= chosen[-1] < len(judged)


def test_what_stands_still_is_sampled_in_time():
    assert choose_frames([Judged(1.0, 0.0)] * 10, 5) == [0, 2, 4, 6, 8]


@pytest.mark.parametrize("content", [b"", b"not a video", b"\0" * 5000])
def test_what_is_no_video_is_said(tmp_path, content):
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.mp4"):
        run(extract_frames(tmp_path / "a.mp4", tmp_path / "frames"))
    assert not (tmp_path / "frames").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path, video):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        run(extract_frames(video, tmp_path))
