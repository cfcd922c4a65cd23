from __future__ import annotations

import tracemalloc

import numpy as np
import plyfile
import pytest

from recon.errors import UnreadableFile
from recon.io.ply_table import read_columns, read_header

POINTS = "property float x\nproperty float y\nproperty float z\n"


def columns_of(path, name="vertex"):
    return read_columns(path, read_header(path), name)


def ply(path, body="", encoding="ascii", head="", count=2, tail=b""):
    header = f"ply\nformat {encoding} 1.0\n{head}element vertex {count}\n{POINTS}end_header\n{body}"
    path.write_bytes(header.encode() + tail)
    return path


def test_an_element_behind_another_is_found(tmp_path):
    path = tmp_path / "two.ply"
    first = np.array([(1, 2.5), (3, 4.5)], [("a", "u1"), ("b", "f8")])
    second = np.array([(7,), (8,), (9,)], [("x", "i2")])
    for text in (True, False):
        elements = [plyfile.PlyElement.describe(first, "first"), plyfile.PlyElement.describe(second, "second")]
        plyfile.PlyData(elements, text=text).write(str(path))
        np.testing.assert_array_equal(columns_of(path, "second")["x"], [7, 8, 9])
        np.testing.assert_array_equal(columns_of(path, "first")["b"], [2.5, 4.5])


def test_lists_behind_the_element_do_not_matter_and_lists_ahead_are_refused(tmp_path):
    faces = np.array([([0, 1, 2],)], [("vertex_indices", "O")])
    vertices = np.array([(1.0, 2.0, 3.0)], [(axis, "f4") for axis in "xyz"])
    parts = [plyfile.PlyElement.describe(vertices, "vertex"), plyfile.PlyElement.describe(faces, "face")]
    plyfile.PlyData(parts).write(str(tmp_path / "mesh.ply"))
    np.testing.assert_array_equal(columns_of(tmp_path / "mesh.ply")["z"], [3.0])
    plyfile.PlyData(parts[::-1]).write(str(tmp_path / "odd.ply"))
    with pytest.raises(UnreadableFile, match="lists ahead"):
        columns_of(tmp_path / "odd.ply")


def test_text_may_have_windows_line_ends(tmp_path):
    path = ply(tmp_path / "dos.ply", "1 2 3\n4 5 6\n")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    np.testing.assert_array_equal(columns_of(path)["y"], [2, 5])


@pytest.mark.parametrize(
    "text",
    [
        "ply\nformat ascii 1.0\nelement vertex -1\nend_header\n",
        "ply\nformat ascii 1.0\nelement vertex many\nend_header\n",
        "ply\nformat ascii 1.0\nproperty float x\nend_header\n",
        "ply\nformat ascii 1.0\nelement vertex 1\nproperty quaternion x\nend_header\n",
        "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float x\nend_header\n",
        "ply\nformat binary_middle_endian 1.0\nelement vertex 1\nend_header\n",
        "ply\nelement vertex 1\nend_header\n",
        "ply\nformat ascii 1.0\nelement vertex 1\n",
        "ply\n" + "comment x\n" * 100_000,
        "plywood\n",
        "",
    ],
)
def test_a_header_that_makes_no_sense_is_refused(tmp_path, text):
    path = tmp_path / "bad.ply"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match=r"bad\.ply"):
        read_header(path)


@pytest.mark.parametrize("encoding", ["ascii", "binary_little_endian"])
@pytest.mark.parametrize("count", [3, 10**9, 10**18, 2**63])
def test_a_file_shorter_than_it_claims_is_refused_without_taking_memory(tmp_path, encoding, count):
    path = ply(tmp_path / "short.ply", "1 2 3\n4 5 6\n", encoding, count=count)
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableFile, match="damaged"):
            columns_of(path)
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("body", ["1 2 3\n4 5\n", "1 2 3\nfour 5 6\n", "1 2 3\n\n\n\n\n\n\n", "\xff" * 12, "\n" * 20])
def test_text_that_is_no_table_is_refused(tmp_path, body):
    with pytest.raises(UnreadableFile, match="damaged"):
        columns_of(ply(tmp_path / "bad.ply", body))
