from __future__ import annotations

from pathlib import Path

import pytest

from recon.errors import InputError, RunError
from recon.runs import Job, create, pictures, reconstruct, render_run

pytestmark = pytest.mark.usefixtures("unmeasured")


@pytest.fixture
def finished(capture_folder: Path, tmp_path: Path) -> Path:
    run = reconstruct(capture_folder, tmp_path / "run", method="toy", device="cpu", preset="quick")
    list(run)
    return tmp_path / "run"


@pytest.mark.parametrize(("views", "names"), [("test", ["view_0", "view_8"]), ("all", [f"view_{i}" for i in range(9)])])
def test_photographs_views_are_drawn_under_their_names(
    finished: Path, tmp_path: Path, views: str, names: list[str]
) -> None:
    from PIL import Image

    told: list[tuple[int, int]] = []
    count = render_run(finished, views, tmp_path / "pictures", lambda done, total: told.append((done, total)))
    files = sorted((tmp_path / "pictures").iterdir())
    assert [file.name for file in files] == [f"{name}.png" for name in names]
    assert count == len(names)
    assert told[-1] == (count, count)
    with Image.open(files[0]) as picture:
        assert picture.size == (24, 16)
        assert picture.getextrema() != ((0, 0), (0, 0), (0, 0)), "the Gaussians should be seen"


def test_an_orbit_becomes_a_film(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "ORBIT_FRAMES", 3)
    assert render_run(finished, "orbit", tmp_path / "film.mp4") == 3
    assert b"ftyp" in (tmp_path / "film.mp4").read_bytes()[:16]


def test_a_film_of_another_kind_is_refused(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mp4"):
        render_run(finished, "test", tmp_path / "film.gif")


def test_a_run_without_a_result_cannot_be_rendered(capture_folder: Path, tmp_path: Path) -> None:
    run = create(Job(capture_folder, tmp_path / "run", "toy"))
    with pytest.raises(RunError, match=r"no result\.ply yet"):
        render_run(run.path, "test", tmp_path / "pictures")
