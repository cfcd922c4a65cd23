"""Going on from blocks that were edited: what is locked stays to the bit, and the run tells where it comes from."""

from __future__ import annotations

import json

import numpy as np
import pytest
import toy

from recon.editing import BLOCK_OPERATIONS, Placement, Replay, blocks_from_json, edits_path, save_edits
from recon.editing.blocks import AddBlock, DeleteBlocks, DuplicateBlocks, EditedBlocks, MarkBlocks, MoveBlocks
from recon.editing.blocks.base import ARRAYS
from recon.errors import InvalidParameter, RunError
from recon.methods.base import Finished, Stage, Started, Step
from recon.runs import fit_on, load_run, reconstruct, resume

TURNED = (0.9762960071199334, 0.0, 0.0, 0.21643961393810288)  # 25 degrees about z
EDITS = (
    MarkBlocks((0,), "locked"),
    MoveBlocks((1,), Placement((0.2, 0.1, 0.0), TURNED)),
    AddBlock(Placement((0.1, 0.2, 0.3)), (0.2, 0.2, 0.2), "tower"),
)


@pytest.fixture(scope="module")
def parent(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blocks")
    data = toy.write_capture(folder / "capture")
    changes = {"steps": 8, "searches": 0, "max_blocks": 3, "initial_blocks": 3, "start": "random", "texture_size": 4}
    changes["shape_rate"] = 1e-6  # so that none grows faint and goes
    list(reconstruct(data, folder / "run", method="blocks", preset="quick", changes=changes, device="cpu"))
    run = load_run(folder / "run")
    assert len(run.result()) == 3
    return run


@pytest.fixture(scope="module")
def child(parent, tmp_path_factory):
    """Gone on to the end."""
    made = fit_on(parent.path, tmp_path_factory.mktemp("child") / "run", {"steps": 10}, EDITS)
    events = list(resume(made.path))
    assert isinstance(events[-1], Finished)
    assert next(event for event in events if isinstance(event, Started)) == Started("blocks", 10, 0)
    return made


def rows(blocks, index: int) -> dict[str, np.ndarray]:
    return {name: getattr(blocks, name)[index] for name in ARRAYS}


def test_locked_blocks_have_not_moved_a_bit(parent, child) -> None:
    edited = Replay(EditedBlocks.of(parent.result())).apply(EDITS)
    result = child.result()
    assert result.names == edited.blocks.names
    for name, array in rows(result, 0).items():
        np.testing.assert_array_equal(array, getattr(edited.blocks, name)[0], err_msg=name, strict=True)
    for row in range(1, len(result)):
        assert not np.array_equal(result.centers[row], edited.blocks.centers[row])
        assert np.abs(result.centers[row] - edited.blocks.centers[row]).max() < 1
    assert np.array_equal(parent.result().centers, edited.made.centers)
    assert not edits_path(parent.path).exists()


def test_at_first_only_what_was_changed_is_fitted(parent, tmp_path) -> None:
    child = fit_on(parent.path, tmp_path / "run", {"steps": 10}, EDITS)
    edited = Replay(EditedBlocks.of(parent.result())).apply(EDITS)
    work = resume(child.path)
    start = None
    stages = []
    for event in work:
        stages += [event.name] if isinstance(event, Stage) else []
        if isinstance(event, Step) and event.step == 4:
            start = work.live.geometry()
        if isinstance(event, Step) and event.step == 7:
            after = work.live.geometry()
            break
    work.close()
    assert stages.index("Moving what was changed") < stages.index("Fitting on")
    tower = edited.blocks.names.index("tower")
    changed = {1, tower}
    np.testing.assert_array_equal(start.ground.texture, parent.result().ground.texture)
    for row in range(len(start)):
        if row not in changed:
            assert np.abs(start.centers[row] - edited.blocks.centers[row]).max() < 1e-4
        assert np.abs(start.textures[row].astype(int) - edited.blocks.textures[row]).max() <= 3
    assert not np.array_equal(after.ground.texture, start.ground.texture)
    assert np.abs(start.centers[1] - edited.blocks.centers[1]).max() > 1e-3


def test_the_run_tells_where_it_comes_from(parent, child) -> None:
    document = json.loads((child.path / "run.json").read_text())
    assert document["parent"] == str(parent.path.absolute())
    assert blocks_from_json(document["edits"]) == EDITS
    assert set(BLOCK_OPERATIONS) >= {each["operation"] for each in document["edits"]["operations"]}
    assert document["edits"]["fixed"] == [True] + [False] * (len(child.edit().geometry) - 1)
    assert load_run(child.path).edits == document["edits"]


def test_stopped_and_resumed_it_ends_as_if_it_had_never_stopped(parent, child, tmp_path) -> None:
    other = fit_on(parent.path, tmp_path / "other", {"steps": 10}, EDITS)
    work = resume(other.path)
    for event in work:
        if isinstance(event, Step) and event.step == 5:
            from recon.runs import checkpoint
            from recon.runs.checkpoint import Checkpoint, Progress

            saved = Checkpoint(work.live.state(), other.config, Progress(5, 10))
            checkpoint.save(other.checkpoint_folder, saved)
            break
    work.close()
    list(resume(other.path))
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(child.result(), name), getattr(other.result(), name), err_msg=name)


def test_a_run_that_went_on_can_be_gone_on_from(child, tmp_path) -> None:
    before = child.result()
    again = fit_on(child.path, tmp_path / "again", {"steps": 3}, (MarkBlocks((0, 1), "locked"),))
    list(resume(again.path))
    assert np.array_equal(again.result().centers[:2], before.centers[:2])
    assert not np.array_equal(again.result().centers[2], before.centers[2])


def test_by_default_the_edits_beside_the_run_are_taken(parent, tmp_path) -> None:
    save_edits(edits_path(parent.path), EDITS[:1])
    try:
        assert blocks_from_json(fit_on(parent.path, tmp_path / "saved").edits) == EDITS[:1]
    finally:
        edits_path(parent.path).unlink()


def test_there_is_room_for_what_was_added(parent, tmp_path) -> None:
    more = (DuplicateBlocks((0,), (1.0, 0.0, 0.0)), MarkBlocks((0,), "hidden"))
    child = fit_on(parent.path, tmp_path / "more", {"steps": 1}, more)
    assert child.config["max_blocks"] == len(parent.result()) + 1 > parent.config["max_blocks"]
    work = resume(child.path)
    assert next(len(work.live.geometry()) for event in work if isinstance(event, Step)) == len(parent.result()) + 1


def test_what_cannot_be_gone_on_from_is_said(parent, tmp_path) -> None:
    everything = DeleteBlocks(tuple(range(len(parent.result()))))
    with pytest.raises(RunError, match="No block is left"):
        fit_on(parent.path, tmp_path / "none", operations=(everything,))
    with pytest.raises(InvalidParameter, match="steps"):
        fit_on(parent.path, tmp_path / "bad", {"steps": 0})
    list(reconstruct(parent.capture.path, tmp_path / "toy", method="toy", preset="quick", device="cpu"))
    with pytest.raises(RunError, match="only blocks can"):
        fit_on(tmp_path / "toy", tmp_path / "no")
    assert not any((tmp_path / name).exists() for name in ("none", "bad", "no"))
