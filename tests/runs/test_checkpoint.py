from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recon.errors import RunError
from recon.methods.base import State
from recon.runs import checkpoint, files
from recon.runs.checkpoint import Checkpoint, Progress
from recon.runs.meter import Costs


def sample(step: int) -> Checkpoint:
    arrays = {
        "means": np.arange(12, dtype=np.float32).reshape(4, 3)[:, ::-1] + step,
        "flags": np.array([True, False]),
        "empty": np.zeros((0, 3)),
        "scalar": np.array(3, np.int64),
    }
    values = {"state": 2**127 + step, "name": "x", "queue": [1, 2]}
    costs = Costs({"training": 1.5}, 2.5, 100.0)
    return Checkpoint(State(arrays, values), {"steps": 40}, Progress(step, 40, costs, 1, [{"step": 9}]))


def test_all_is_read_back_exactly(tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "checkpoint", sample(3))
    loaded = checkpoint.load(tmp_path / "checkpoint")
    wanted = sample(3)
    assert loaded.state.values == wanted.state.values
    assert (loaded.config, loaded.progress) == (wanted.config, wanted.progress)
    assert loaded.state.arrays.keys() == wanted.state.arrays.keys()
    for name, array in wanted.state.arrays.items():
        np.testing.assert_array_equal(loaded.state.arrays[name], array, strict=True)


def test_only_the_newest_is_kept(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        checkpoint.save(tmp_path, sample(step))
    assert checkpoint.read_progress(tmp_path).step == 3
    assert len(list(tmp_path.iterdir())) == 2


class Killed(BaseException):
    """Stands for kill -9: nothing after it is executed."""


class Death:
    """Kills at the n-th call that reaches the disk."""

    def __init__(self, cut: int) -> None:
        self.calls_left = cut

    def before(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def mortal(*args: Any, **kwargs: Any) -> Any:
            self.calls_left -= 1
            if self.calls_left < 0:
                raise Killed
            return call(*args, **kwargs)

        return mortal


@pytest.mark.parametrize("cut", range(16))
def test_a_kill_at_any_moment_leaves_a_whole_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    checkpoint.save(tmp_path, sample(1))
    death = Death(cut)
    with monkeypatch.context() as patch:
        for owner, name in ((Path, "replace"), (Path, "unlink"), (files, "flush_to_disk"), (Path, "write_text")):
            patch.setattr(owner, name, death.before(getattr(owner, name)))
        with suppress(Killed):
            checkpoint.save(tmp_path, sample(2))
    assert (death.calls_left < 0) == (cut < 10), "the cuts should cover all of the writing, and end after it"
    loaded = checkpoint.load(tmp_path)
    step = loaded.progress.step
    assert step in {1, 2}
    np.testing.assert_array_equal(loaded.state.arrays["means"], sample(step).state.arrays["means"])
    checkpoint.save(tmp_path, sample(3))
    assert checkpoint.load(tmp_path).progress.step == 3
    assert len(list(tmp_path.iterdir())) == 2


def test_a_full_disk_is_told_as_one_and_the_checkpoint_before_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint.save(tmp_path, sample(1))

    def full(*_: Any) -> None:
        from safetensors import SafetensorError

        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr("safetensors.numpy.save_file", full)
    with pytest.raises(OSError, match="No space") as caught:
        checkpoint.save(tmp_path, sample(2))
    assert caught.value.errno == errno.ENOSPC
    assert checkpoint.load(tmp_path).progress.step == 1
    assert len(list(tmp_path.iterdir())) == 2


def test_a_copy_is_for_another_config_and_forgets_what_its_log_does_not_hold(tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "a", sample(5))
    checkpoint.copy(tmp_path / "a", tmp_path / "b", {"steps": 80})
    loaded = checkpoint.load(tmp_path / "b")
    assert loaded.config == {"steps": 80}
    assert (loaded.progress.step, loaded.progress.sets_seen, loaded.progress.pending_sets) == (5, 0, [])


def test_damage_is_told_in_a_sentence(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, sample(1))
    (arrays,) = tmp_path.glob("*.safetensors")
    arrays.write_bytes(arrays.read_bytes()[:40])
    with pytest.raises(RunError, match="damaged"):
        checkpoint.load(tmp_path)


def test_a_checkpoint_of_another_version_is_refused(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, sample(1))
    document = files.read_json(tmp_path / checkpoint.STATE)
    files.write_json(tmp_path / checkpoint.STATE, document | {"schema": 99})
    with pytest.raises(RunError, match="99"):
        checkpoint.load(tmp_path)


def test_there_is_no_progress_where_there_is_no_checkpoint(tmp_path: Path) -> None:
    assert checkpoint.read_progress(tmp_path) == Progress()
    with pytest.raises(RunError, match="not there"):
        checkpoint.load(tmp_path)
