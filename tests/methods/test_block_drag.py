"""Blocks that are moved away come back when the fit goes on, and locked ones stay."""

from __future__ import annotations

import pytest

from recon.methods.blocks import PRESETS

BACK = 0.02  # of the IoU of all blocks with the true ones


@pytest.mark.slow
def test_a_block_that_was_moved_and_turned_is_back_after_a_hundred_steps() -> None:
    drags = pytest.importorskip("benchmarks.block_drag", reason="needs the repository's root on the path").drags
    for drag in drags(scene=1, seed=0, config=PRESETS["quick"], steps=100):
        assert drag.moved < drag.fitted - 0.05
        assert drag.after > drag.fitted - BACK, drag
        assert not drag.locked_moved
