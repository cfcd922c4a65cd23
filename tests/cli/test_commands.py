from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recon.cli import main
from recon.editing import Delete, Placement, SelectBox, edits_path, save_edits
from recon.editing.meshes import RemoveSmall
from recon.errors import DeviceUnavailable
from recon.io import read_mesh, read_splats, write_geometry
from recon.methods.registry import METHODS
from recon.runs import load_run
from recon.scene import Alignment, Mesh

ROOT = Path(__file__).resolve().parents[2]
Triptych = Callable[..., tuple[int, str, str]]


@pytest.fixture
def triptych(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Triptych:
    """Run a command line in an empty folder: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def finished(triptych: Triptych, capture_folder: Path, unmeasured: None, tmp_path: Path) -> Path:
    assert triptych("reconstruct", capture_folder, "--method", "toy", "--device", "cpu", "--out", "done")[0] == 0
    return tmp_path / "done"


TOY = ("--method", "toy", "--device", "cpu")


@pytest.mark.usefixtures("unmeasured")
def test_reconstruct_makes_a_run_and_tells_what_came_of_it(triptych: Triptych, capture_folder: Path) -> None:
    code, out, err = triptych(
        "reconstruct", capture_folder, *TOY, "--preset", "quick", "--seed", 4, "--set", "count=7", "--out", "run"
    )
    assert (code, err) == (0, "")
    assert "memory needed" in out
    assert "PSNR" in out
    assert "triptych view run" in out
    run = load_run("run")
    assert (run.seed, run.config["count"], run.config["steps"]) == (4, 7, 10)


@pytest.mark.usefixtures("unmeasured")
def test_runs_are_named_after_their_capture_and_never_overwritten(triptych: Triptych, capture_folder: Path) -> None:
    for name in ("capture-toy", "capture-toy-2", "capture-toy-3"):
        assert triptych("reconstruct", capture_folder, *TOY, "--steps", 3)[0] == 0
        assert load_run(Path("runs") / name).config["steps"] == 3


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--method", "magic"), 2, f"There is no method 'magic'. The methods are: {', '.join(METHODS)}, toy."),
        (("--preset", "slow"), 2, "toy has no preset 'slow'. The presets are: quick, standard, best."),
        (("--set", "speed=1"), 2, "There is no parameter 'speed'."),
        (("--set", "count=many"), 2, "count must be a whole number from 1 to 1e+06, got 'many'."),
        (("--set", "count"), 2, "--set wants name=value, got 'count'."),
        (("--images", "nowhere"), 2, "nowhere is not a folder"),
        (("--steps", "0"), 2, "greater than or equal to 1"),
        (("--device", "tpu"), 2, "'tpu' is not one of"),
        (("--speed", "1"), 2, "No such option"),
        (("--set", "gigabytes=1000000000"), 4, "even at the smallest"),
        (("--set", "trouble=method"), 5, "The walk went astray."),
        (("--set", "trouble=memory"), 4, "Memory ran out."),
        (("--set", "trouble=disk"), 4, "The disk is full"),
        (("--set", "trouble=cuda"), 4, "The GPU was lost"),
        (("--set", "trouble=bug"), 1, "This is a bug in Triptych: KeyError('oops')"),
    ],
)
@pytest.mark.usefixtures("unmeasured")
def test_what_goes_wrong_is_a_sentence_and_an_exit_code(
    triptych: Triptych, capture_folder: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    got, _, err = triptych("reconstruct", capture_folder, *TOY, *arguments)
    assert said in err
    assert got == code
    assert "Traceback" not in err


def test_data_that_is_not_there_is_said(triptych: Triptych) -> None:
    code, _, err = triptych("reconstruct", "nowhere", *TOY)
    assert code == 2
    assert "nowhere" in err
    assert not Path("runs").exists()


def test_a_folder_in_use_is_refused(triptych: Triptych, finished: Path, capture_folder: Path) -> None:
    code, _, err = triptych("reconstruct", capture_folder, *TOY, "--out", finished)
    assert code == 3
    assert "already holds a run" in err


def test_debugging_shows_the_traceback(triptych: Triptych, monkeypatch: pytest.MonkeyPatch) -> None:
    from recon.errors import TriptychError

    monkeypatch.setenv("TRIPTYCH_DEBUG", "1")
    with pytest.raises(TriptychError):
        main(["info", "nowhere"])


def test_a_finished_run_has_nothing_to_resume(triptych: Triptych, finished: Path) -> None:
    code, out, _ = triptych("resume", finished)
    assert code == 0
    assert "is finished" in out


def test_resuming_with_a_change_branches_off(triptych: Triptych, finished: Path) -> None:
    code, out, _ = triptych("resume", finished, "--set", "steps=50")
    assert code == 0
    assert "done-2" in out
    child = load_run("done-2")
    assert (child.parent, child.config["steps"], child.status()) == (str(finished), 50, "finished")
    assert triptych("resume", finished, "--set", "steps=45", "--out", "other")[0] == 0
    assert load_run("other").progress().step == 45


def test_out_without_a_change_is_refused(triptych: Triptych, finished: Path) -> None:
    code, _, err = triptych("resume", finished, "--out", "other")
    assert code == 2
    assert "--set" in err


def test_export_writes_the_result_where_it_is_wanted(triptych: Triptych, finished: Path) -> None:
    code, out, _ = triptych("export", finished, "deep/copy.ply")
    assert code == 0
    assert "50 splats" in out
    assert Path("deep/copy.ply").read_bytes() == (finished / "result.ply").read_bytes()
    code, _, err = triptych("export", finished, "copy.xyz")
    assert code == 2
    assert ".ply" in err


def test_export_applies_edits_unless_told_not_to(triptych: Triptych, finished: Path) -> None:
    before = (finished / "result.ply").read_bytes()
    x = float(np.median(load_run(finished).result().means[:, 0]))
    save_edits(edits_path(finished), [SelectBox(placement=Placement((x - 50, 0, 0)), size=(100, 1e3, 1e3)), Delete()])
    code, out, _ = triptych("export", finished, "edited.ply")
    assert code == 0
    assert "25 splats" in out
    assert "edits applied" in out
    assert read_splats("edited.ply").means[:, 0].min() >= x
    assert triptych("export", finished, "whole.ply", "--without-edits")[0] == 0
    assert Path("whole.ply").read_bytes() == before == (finished / "result.ply").read_bytes()
    edits_path(finished).write_text("{")
    code, _, err = triptych("export", finished, "edited.ply")
    assert code == 2
    assert "edits.json cannot be understood" in err


def test_export_writes_a_mesh_as_it_was_left(triptych: Triptych, finished: Path) -> None:
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    vertices = np.concatenate([corners, 0.1 * corners + 5])
    write_geometry(finished / "result.glb", Mesh(vertices, np.arange(6, dtype=np.int32).reshape(2, 3)))
    save_edits(edits_path(finished / "result.glb"), [RemoveSmall(0.5)])
    assert triptych("export", finished, "left.ply")[0] == 0
    assert len(read_mesh("left.ply")) == 1
    assert triptych("export", finished, "whole.ply", "--without-edits")[0] == 0
    assert len(read_mesh("whole.ply")) == 2


def test_export_upright_and_to_scale(
    triptych: Triptych, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recon.io.captures import notes

    monkeypatch.setattr(notes, "window_folder", lambda: tmp_path / "window")
    run = load_run(finished)
    capture = run.capture.load()
    file = notes.notes_file(tmp_path / "window", capture.source)
    file.parent.mkdir(parents=True)
    alignment = Alignment((0.0, -1.0, 0.0), 4.0, "cm")
    document = {"fingerprint": notes.fingerprint(capture), "alignment": alignment.to_json()}
    file.write_text(json.dumps(document))
    code, out, _ = triptych("export", finished, "upright.ply", "--aligned")
    assert code == 0
    assert "a unit of the capture is 4 cm" in out
    wanted = alignment.similarity.apply(run.result().means)
    np.testing.assert_allclose(read_splats("upright.ply").means, wanted, rtol=1e-5, atol=1e-5)
    assert triptych("export", finished, "upright.ply", "--aligned", "--up", "y")[0] == 0
    x, y, z = wanted.T
    np.testing.assert_allclose(read_splats("upright.ply").means, np.stack([x, z, -y], 1), rtol=1e-5, atol=1e-5)


def test_a_page_of_a_run_begins_where_a_photograph_was_taken(triptych: Triptych, finished: Path) -> None:
    code, _, _ = triptych("export", finished, "page.html")
    assert code == 0
    x, y, z = load_run(finished).capture.load().test[0].camera.center
    eye = json.loads(Path("page.html").read_text().partition("const START = ")[2].partition(";")[0])["eye"]
    np.testing.assert_allclose(eye, (x, -y, -z), atol=1e-4)


def test_info_of_a_run_tells_where_it_stands(triptych: Triptych, finished: Path) -> None:
    code, out, _ = triptych("info", finished)
    assert code == 0
    assert "finished, step 40 of 40" in out
    assert "toy on cpu, seed 0" in out


def test_methods_lists_every_parameter_with_its_values(triptych: Triptych) -> None:
    from recon.methods.parameters import parameters_of
    from recon.methods.registry import method_named

    code, out, _ = triptych("methods")
    assert code == 0
    for spec in parameters_of(method_named("splats").config):
        assert spec.name in out


def test_version(triptych: Triptych) -> None:
    from recon import __version__

    assert triptych("--version") == (0, f"triptych {__version__}\n", "")


def test_help_names_the_commands(triptych: Triptych) -> None:
    code, out, _ = triptych("--help")
    assert code == 0
    assert "reconstruct" in out


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
def test_no_arguments_ask_for_the_window(triptych: Triptych, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert triptych()[0] == DeviceUnavailable.exit_code


def test_viewing_what_is_not_there_is_said(triptych: Triptych) -> None:
    code, _, err = triptych("view", "nowhere")
    assert code == 2
    assert "nowhere does not exist" in err


def test_help_is_light() -> None:
    script = "import sys, recon.cli.app; print({'torch', 'numba', 'cv2', 'viewer', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"


@pytest.mark.usefixtures("unmeasured")
def test_a_batch_runs_each_job_in_a_process_and_ends_with_a_table(
    triptych: Triptych, tmp_path: Path, capture_folder: Path
) -> None:
    """The child processes know no toy, so that their failing is what is tested here."""
    os.environ.setdefault("PYTHONPATH", str(ROOT))
    (tmp_path / "jobs.toml").write_text('[[job]]\nname = "a"\ndata = "capture"\nmethod = "toy"\n')
    code, out, _ = triptych("batch", "jobs.toml")
    assert code == 3
    assert "runs/a: failed." in out.replace("\n", "")
    assert (tmp_path / "jobs.csv").read_text().startswith("run,status,psnr")
