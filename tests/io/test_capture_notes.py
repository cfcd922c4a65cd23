"""Up, scale and unit as they were set in the window are there for others."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from recon.io import load_capture
from recon.io.captures.notes import alignment_of, fingerprint, notes_file
from recon.scene import Alignment
from recon.scene.paths import up_direction

UP = (0.0, -0.6, -0.8)


@pytest.fixture
def capture(tmp_path, write_transforms, cameras, options):
    return load_capture(write_transforms(tmp_path / "scene", cameras()), options())


def note(folder, capture, said, more=None):
    file = notes_file(folder, capture.source)
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"fingerprint": fingerprint(capture), "alignment": said.to_json()} | (more or {})))
    return file


def test_what_was_set_is_found(tmp_path, capture):
    note(tmp_path, capture, Alignment(UP, 2.5, "cm"))
    found = alignment_of(capture, tmp_path)
    assert found == Alignment(UP, 2.5, "cm")
    np.testing.assert_allclose(found.similarity.apply(UP), (0, 0, 2.5), atol=1e-12)


def test_where_nobody_said_it_the_cameras_tell_up(tmp_path, capture):
    guess = up_direction([view.camera for view in capture.views])
    np.testing.assert_allclose(alignment_of(capture, tmp_path).up, guess)
    note(tmp_path, capture, Alignment(scale=3.0))
    found = alignment_of(capture, tmp_path)
    assert found.scale == 3
    np.testing.assert_allclose(found.up, guess)


@pytest.mark.parametrize(
    "wrong", [{"fingerprint": "other cameras"}, {"alignment": {"up": "left"}}, {"alignment": None}]
)
def test_notes_on_other_cameras_and_damaged_ones_count_for_nothing(tmp_path, capture, wrong):
    note(tmp_path, capture, Alignment(UP, 2.5, "cm"), wrong)
    assert alignment_of(capture, tmp_path).scale is None
    notes_file(tmp_path, capture.source).write_text("{")
    assert alignment_of(capture, tmp_path).scale is None


def test_the_window_writes_them_where_they_are_looked_for(tmp_path, capture):
    from viewer.model.autosave import Autosave
    from viewer.model.capture_notes import CaptureNotes, CaptureStore

    autosave = Autosave(0.0)
    CaptureStore(tmp_path, autosave).save(capture, CaptureNotes(alignment=Alignment(UP, 2.5, "cm")))
    autosave.close()
    assert alignment_of(capture, tmp_path) == dataclasses.replace(Alignment(UP, 2.5, "cm"))
