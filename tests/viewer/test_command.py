"""`python -m viewer` as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sample_scenes

ROOT = Path(__file__).resolve().parents[2]
RUN_AND_LIST_MODULES = """
import sys
from viewer.__main__ import main
if __name__ == "__main__":
    code = main(sys.argv[1:])
    print(*sorted(name for name in sys.modules if "." not in name))
    sys.exit(code)
"""


def run(*arguments: object, code: str = "from viewer.__main__ import main; raise SystemExit(main())", **environment):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={name: value for name, value in {**os.environ, **environment}.items() if value is not None},
    )


@pytest.mark.skipif(sys.platform != "linux", reason="about X displays")
@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DISPLAY": None}, "There is no display"),
        ({"DISPLAY": ":4177"}, "The display :4177 does not answer"),
        ({"QT_QPA_PLATFORM": "offscreen"}, "Qt's offscreen platform lacks"),
    ],
    ids=["none", "dead", "offscreen"],
)
def test_without_a_display_it_says_so(environment: dict, sentence: str) -> None:
    done = run("anything", WAYLAND_DISPLAY=None, **environment)
    assert done.returncode == 4
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.display
def test_a_screenshot_of_real_splats(tmp_path: Path) -> None:
    from PIL import Image

    from recon.io import write_splats
    from recon.scene import Splats

    count = 300
    random = np.random.default_rng(0)
    write_splats(
        tmp_path / "some.ply",
        Splats(
            means=random.normal(scale=0.4, size=(count, 3)).astype(np.float32),
            quaternions=np.tile(np.float32([1, 0, 0, 0]), (count, 1)),
            scales=np.full((count, 3), 0.15, np.float32),
            opacities=np.full(count, 0.95, np.float32),
            sh=np.full((count, 1, 3), [[[1.6, -1.6, -1.6]]], np.float32),
        ),
    )
    picture = tmp_path / "window.png"
    done = run(
        tmp_path / "some.ply",
        sample_scenes.path("desk"),
        "--screenshot",
        picture,
        "--size",
        "800x500",
        code=RUN_AND_LIST_MODULES,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert not {"torch", "numba", "gsplat"} & set(done.stdout.split())
    with Image.open(picture) as image:
        assert image.size == (800, 500)
        pixels = np.asarray(image.convert("RGB")).astype(int)
    red = (pixels[..., 0] > 200) & (pixels[..., 1:] < 40).all(-1)
    assert red.sum() > 1000


@pytest.mark.display
def test_a_screenshot_of_nothing_fails_in_a_sentence(tmp_path: Path) -> None:
    done = run(tmp_path / "nowhere", "--screenshot", tmp_path / "window.png")
    assert done.returncode == 2
    assert "nowhere does not exist" in done.stderr
    assert not (tmp_path / "window.png").exists()
