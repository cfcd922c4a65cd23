"""Closed meshes as one surface."""

import pytest
from shapes import box

from recon.errors import InputError, ResourceError
from recon.meshes import topology, union, united


def test_two_boxes_become_one_closed_surface():
    pytest.importorskip("manifold3d")
    numbers = topology(united([box(), box((0.5, 0.1, 0.2))]))
    assert numbers.watertight
    assert numbers.components == 1
    assert numbers.volume == pytest.approx(2 - 0.5 * 0.9 * 0.8, rel=1e-5)


def test_what_is_missing_is_told(monkeypatch):
    monkeypatch.setattr(union, "find_spec", lambda _: None)
    with pytest.raises(ResourceError, match="pip install manifold3d"):
        united([box()])


def test_nothing_cannot_be_united():
    with pytest.raises(InputError, match="no mesh"):
        united([])
