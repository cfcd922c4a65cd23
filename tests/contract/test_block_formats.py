"""Every registered format of blocks keeps the same promises, and all describe one geometry."""

from __future__ import annotations

import errno
import json
import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from block_samples import some_blocks
from scipy.spatial import KDTree

import recon.io.blocks
from recon.errors import DiskFull, InputError, UnreadableFile
from recon.io import read_blocks, read_geometry, read_mesh, writable, write_geometry
from recon.io.gltf import read_document
from recon.scene import Mesh
from recon.scene.block_surfaces import mesh_of

FORMS = writable("blocks")
SHOWN = [form for form in FORMS if form.name not in {"blocks-urdf", "blocks-mjcf"}]  # those have a test of their own
READABLE = [form for form in FORMS if form.read]
ARRAYS = ("centers", "quaternions", "scales", "exponents", "tapers", "opacities", "textures")


@pytest.fixture(params=FORMS, ids=lambda form: form.name)
def form(request):
    return request.param


@pytest.fixture(params=READABLE, ids=lambda form: form.name)
def readable_form(request):
    return request.param


def test_a_round_trip_keeps_every_parameter(readable_form, tmp_path):
    blocks = some_blocks()
    path = tmp_path / "new" / f"B{readable_form.suffixes[0].upper()}"
    write_geometry(path, blocks)
    again = read_blocks(path)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(again, name), getattr(blocks, name), err_msg=name, strict=True)
    assert again.names == blocks.names
    for name in ("center", "axes", "texture"):
        np.testing.assert_array_equal(getattr(again.ground, name), getattr(blocks.ground, name), strict=True)
    assert again.ground.grading == blocks.ground.grading
    if readable_form.lossless:
        np.testing.assert_array_equal(again.sky, blocks.sky)
        np.testing.assert_array_equal(again.merges.pairs, blocks.merges.pairs)
        np.testing.assert_array_equal(again.merges.blocks.centers, blocks.merges.blocks.centers)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("form", SHOWN, ids=lambda form: form.name)
def test_the_document_and_the_scene_describe_the_same_geometry(form, tmp_path):
    """To 1e-4 of the diagonal, in the Hausdorff distance of their vertices; so does what the window shows."""
    blocks = some_blocks()
    write_geometry(tmp_path / "a.blocks.json", blocks.bare())
    write_geometry(tmp_path / f"a{form.suffixes[0]}", blocks.bare())
    told = mesh_of(read_blocks(tmp_path / "a.blocks.json"))
    seen = read_geometry(tmp_path / f"a{form.suffixes[0]}")
    seen = seen if isinstance(seen, Mesh) else mesh_of(seen)
    apart = max(
        KDTree(told.vertices).query(seen.vertices)[0].max(), KDTree(seen.vertices).query(told.vertices)[0].max()
    )
    assert apart < 1e-4 * np.linalg.norm(np.ptp(told.vertices, axis=0))


def test_a_scene_has_a_node_and_a_texture_for_each_block(tmp_path):
    blocks = some_blocks()
    write_geometry(tmp_path / "a.glb", blocks)
    document = read_document(tmp_path / "a.glb").json
    assert [node["name"] for node in document["nodes"]] == ["blocks", *blocks.names, "ground"]
    assert len(document["images"]) == len(document["materials"]) == len(blocks) + 1
    assert read_mesh(tmp_path / "a.glb").texture is not None


def test_none_at_all_are_written_and_read_or_refused(form, tmp_path):
    none = some_blocks(whole=False).part(slice(0, 0))
    path = tmp_path / f"none{form.suffixes[0]}"
    if form.name == "blocks-obj":
        with pytest.raises(InputError, match="no block"):
            write_geometry(path, none)
        return
    write_geometry(path, none)
    if form.read is not None:
        assert len(read_blocks(path)) == 0


def test_a_forecast_is_near_the_size_of_the_file(form, tmp_path):
    blocks = some_blocks(20, side=16)
    path = tmp_path / f"blocks{form.suffixes[0]}"
    write_geometry(path, blocks)
    size = sum(entry.stat().st_size for entry in tmp_path.iterdir())
    assert 0.5 * size < form.forecast_bytes(blocks) < 2 * size


def test_a_file_cut_short_or_damaged_is_refused_or_read_but_nothing_escapes(readable_form, tmp_path):
    path = tmp_path / f"blocks{readable_form.suffixes[0]}"
    write_geometry(path, some_blocks(2, side=3))
    whole = path.read_bytes()
    for size in [0, 1, 10, *np.linspace(11, len(whole) - 3, 20, dtype=int)]:
        path.write_bytes(whole[:size])
        with pytest.raises(UnreadableFile, match=path.name):
            read_blocks(path)
    random = np.random.default_rng(1)
    for _ in range(150):
        damaged = np.frombuffer(whole, np.uint8).copy()
        places = random.integers(0, min(len(whole), 4000), 5)
        damaged[places] = random.integers(0, 256, 5)
        path.write_bytes(damaged.tobytes())
        with suppress(UnreadableFile):
            read_blocks(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"{}", b'{"schema": "triptych-blocks/9"}', b'{"frames": []}'])
def test_another_kind_of_file_is_refused(readable_form, tmp_path, content):
    path = tmp_path / f"blocks{readable_form.suffixes[0]}"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=path.name):
        read_blocks(path)


def test_a_full_disk_leaves_the_old_file_and_no_other(form, tmp_path, monkeypatch):
    path = tmp_path / f"blocks{form.suffixes[0]}"
    path.write_bytes(b"old")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match="the disk is full"):
        write_geometry(path, some_blocks())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_document_is_as_its_schema_says(tmp_path):
    """The part of JSON Schema that ours uses, checked without a library."""
    folder = Path(next(iter(recon.io.blocks.__path__)))
    schema = json.loads((folder / "blocks.schema.json").read_text())
    write_geometry(tmp_path / "a.blocks.json", some_blocks())
    document = json.loads((tmp_path / "a.blocks.json").read_text())
    _follows(document, schema, schema)
    with pytest.raises(AssertionError):
        _follows({**document, "more": 1}, schema, schema)
    del document["blocks"][0]["taper"]
    with pytest.raises(AssertionError):
        _follows(document, schema, schema)


def _follows(value, schema, root):
    if "$ref" in schema:
        _follows(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    kinds = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int}
    assert isinstance(value, kinds.get(schema.get("type"), object))
    assert value == schema.get("const", value)
    if isinstance(value, dict):
        assert set(schema.get("required", ())) <= value.keys()
        known = schema.get("properties", {})
        assert schema.get("additionalProperties", True) or value.keys() <= known.keys()
        for name, part in value.items():
            _follows(part, known.get(name, {}), root)
    if isinstance(value, list):
        assert schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
        for item in value:
            _follows(item, schema.get("items", {}), root)
    if isinstance(value, str):
        assert value.startswith(schema.get("pattern", "^")[1:])
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        assert schema.get("minimum", value) <= value <= schema.get("maximum", value)
