from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recon.cli import main
from recon.io.pictures import write_video

DESK = Path(__file__).resolve().parents[2] / "sample_scenes" / "desk"


def triptych(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out, said.err


def test_poses_makes_a_capture_and_says_what_came_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = triptych(capsys, "poses", DESK / "images", "--out", tmp_path / "desk", "--mapper", "global")
    assert (code, err) == (0, "")
    assert "of 30 photographs have a camera" in out
    assert "mapper global" in out
    assert f"triptych reconstruct {tmp_path / 'desk'}" in out
    code, out, _ = triptych(capsys, "info", tmp_path / "desk")
    assert code == 0
    assert "COLMAP model" in out


def test_photographs_that_share_nothing_are_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for name in "ab":
        Image.fromarray(rng.integers(0, 256, (60, 80, 3)).astype(np.uint8)).save(tmp_path / "photos" / f"{name}.png")
    code, _, err = triptych(capsys, "poses", tmp_path / "photos", "--out", tmp_path / "capture")
    assert code == 2
    assert "could be placed together" in err


def test_frames_are_taken_of_a_video(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (60, 200, 3)).astype(np.uint8)
    write_video(tmp_path / "a.mp4", [np.ascontiguousarray(frame[:, i : i + 80]) for i in range(0, 100, 2)])
    code, out, _ = triptych(capsys, "frames", tmp_path / "a.mp4", "--out", tmp_path / "frames", "--count", 8)
    assert code == 0
    assert f"frames written to {tmp_path / 'frames'}" in out
    assert 4 <= len(list((tmp_path / "frames").iterdir())) <= 8
