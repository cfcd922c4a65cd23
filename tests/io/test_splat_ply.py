from __future__ import annotations

import numpy as np
import plyfile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.errors import UnreadableFile
from recon.io import read_splats, write_splats
from recon.scene import Splats

ARRAYS = ("means", "quaternions", "scales", "opacities", "sh")


def random_splats(count=7, degree=3, antialiased=False, seed=0):
    rng = np.random.default_rng(seed)
    quaternions = rng.normal(size=(count, 4))
    arrays = {
        "means": rng.normal(size=(count, 3)) * 10,
        "quaternions": quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True),
        "scales": np.exp(rng.normal(size=(count, 3)) * 2 - 4),
        "opacities": rng.uniform(size=count),
        "sh": rng.normal(size=(count, (degree + 1) ** 2, 3)),
    }
    return Splats(**{name: array.astype(np.float32) for name, array in arrays.items()}, antialiased=antialiased)


def assert_same(left, right, tolerance=1e-5):
    for name in ARRAYS:
        np.testing.assert_allclose(getattr(left, name), getattr(right, name), rtol=tolerance, atol=1e-6, err_msg=name)
    assert left.antialiased == right.antialiased


def table_of(path):
    data = plyfile.PlyData.read(path)["vertex"].data
    return {name: data[name].copy() for name in data.dtype.names}


def write_table(path, columns, kind="f4", comments=(), text=False, byte_order="<"):
    data = np.empty(len(next(iter(columns.values()))), [(name, kind) for name in columns])
    for name, column in columns.items():
        data[name] = column
    element = plyfile.PlyElement.describe(data, "vertex")
    plyfile.PlyData([element], text=text, byte_order=byte_order, comments=list(comments)).write(str(path))


@settings(max_examples=40, deadline=None)
@given(count=st.integers(0, 9), degree=st.integers(0, 3), antialiased=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_what_is_written_is_read_again(tmp_path_factory, count, degree, antialiased, seed):
    path = tmp_path_factory.mktemp("ply") / "splats.ply"
    splats = random_splats(count, degree, antialiased, seed)
    write_splats(path, splats)
    again = read_splats(path)
    assert_same(again, splats)
    assert again.degree == degree
    assert again.means.flags.owndata


def test_a_splat_lies_where_other_readers_expect_it(tmp_path):
    splats = random_splats(5, 3)
    write_splats(tmp_path / "splats.ply", splats)
    table = table_of(tmp_path / "splats.ply")
    np.testing.assert_array_equal(table["x"], splats.means[:, 0])
    np.testing.assert_allclose(table["scale_1"], np.log(splats.scales[:, 1]), rtol=1e-6)
    np.testing.assert_allclose(1 / (1 + np.exp(-table["opacity"])), splats.opacities, rtol=1e-5)
    np.testing.assert_array_equal(table["rot_0"], splats.quaternions[:, 0])
    np.testing.assert_array_equal(table["f_dc_2"], splats.sh[:, 0, 2])
    np.testing.assert_array_equal(table["f_rest_15"], splats.sh[:, 1, 1])  # green follows fifteen reds
    np.testing.assert_array_equal(table["f_rest_44"], splats.sh[:, 15, 2])


def test_an_independent_reader_finds_the_same_splats(tmp_path):
    import gsply

    splats = random_splats(50, 3, seed=3)
    write_splats(tmp_path / "splats.ply", splats)
    other = gsply.plyread(str(tmp_path / "splats.ply"))
    np.testing.assert_array_equal(other.means, splats.means)
    np.testing.assert_allclose(other.quats, splats.quaternions, rtol=1e-6)
    np.testing.assert_allclose(np.exp(other.scales), splats.scales, rtol=1e-5)
    np.testing.assert_allclose(1 / (1 + np.exp(-other.opacities)), splats.opacities, rtol=1e-5)
    np.testing.assert_array_equal(other.sh0, splats.sh[:, 0])
    np.testing.assert_array_equal(other.shN, splats.sh[:, 1:])


@pytest.mark.parametrize(
    ("kind", "text", "byte_order"), [("f8", False, "<"), ("f4", False, ">"), ("f4", True, "="), ("f8", True, "=")]
)
def test_every_encoding_says_the_same(tmp_path, kind, text, byte_order):
    splats = random_splats(6, 2)
    write_splats(tmp_path / "splats.ply", splats)
    columns = table_of(tmp_path / "splats.ply")
    write_table(tmp_path / "other.ply", columns, kind, text=text, byte_order=byte_order)
    assert_same(read_splats(tmp_path / "other.ply"), splats)


def test_columns_are_found_by_name_and_others_ignored(tmp_path):
    splats = random_splats(6, 1)
    write_splats(tmp_path / "splats.ply", splats)
    columns = table_of(tmp_path / "splats.ply")
    shuffled = {name: columns[name] for name in reversed(columns) if not name.startswith("n")}
    write_table(tmp_path / "other.ply", {"confidence": columns["x"], **shuffled})
    assert_same(read_splats(tmp_path / "other.ply"), splats)


def test_quaternions_are_made_unit_and_a_zero_one_turns_nothing(tmp_path):
    splats = random_splats(3, 0)
    write_splats(tmp_path / "splats.ply", splats)
    columns = table_of(tmp_path / "splats.ply")
    for i in range(4):
        columns[f"rot_{i}"] *= [0, 7, 1e-20]
    write_table(tmp_path / "other.ply", columns)
    again = read_splats(tmp_path / "other.ply").quaternions
    np.testing.assert_allclose(again[0], [1, 0, 0, 0])
    np.testing.assert_allclose(again[1:], splats.quaternions[1:], rtol=1e-5)


@pytest.mark.parametrize(
    ("comment", "antialiased"),
    [
        ("SplatRenderMode: mip", True),
        ("SplatRenderMode: default", False),
        ("antialiased 1", True),
        ("made by x", False),
    ],
)
def test_antialiasing_is_told_by_a_comment(tmp_path, comment, antialiased):
    write_splats(tmp_path / "splats.ply", random_splats(2, 0))
    write_table(tmp_path / "other.ply", table_of(tmp_path / "splats.ply"), comments=["first", comment])
    assert read_splats(tmp_path / "other.ply").antialiased is antialiased


def test_flat_splats_of_2dgs_have_no_thickness(tmp_path):
    splats = random_splats(4, 0)
    write_splats(tmp_path / "splats.ply", splats)
    columns = table_of(tmp_path / "splats.ply")
    del columns["scale_2"]
    write_table(tmp_path / "other.ply", columns)
    scales = read_splats(tmp_path / "other.ply").scales
    np.testing.assert_allclose(scales[:, :2], splats.scales[:, :2], rtol=1e-5)
    assert (scales[:, 2] == 0).all()


def test_extremes_of_opacity_and_scale_survive(tmp_path):
    splats = random_splats(3, 0)
    splats.opacities[:] = [0, 1, 0.5]
    splats.scales[0] = 0
    write_splats(tmp_path / "splats.ply", splats)
    table = table_of(tmp_path / "splats.ply")
    assert all(np.isfinite(column).all() for column in table.values())
    again = read_splats(tmp_path / "splats.ply")
    np.testing.assert_allclose(again.opacities, splats.opacities, atol=1e-7)
    np.testing.assert_allclose(again.scales, splats.scales, rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize(("column", "word"), [("x", "means"), ("opacity", "opacities"), ("f_dc_1", "sh")])
def test_a_splat_that_is_no_number_is_refused_by_name(tmp_path, column, word):
    write_splats(tmp_path / "splats.ply", random_splats(5, 0))
    columns = table_of(tmp_path / "splats.ply")
    columns[column][3] = np.nan
    write_table(tmp_path / "other.ply", columns)
    with pytest.raises(UnreadableFile, match=rf"the {word} of 1 of 5 splats"):
        read_splats(tmp_path / "other.ply")


def test_other_plys_are_told_apart(tmp_path):
    write_table(tmp_path / "points.ply", {axis: np.zeros(3) for axis in "xyz"})
    with pytest.raises(UnreadableFile, match="without splats: f_dc_0"):
        read_splats(tmp_path / "points.ply")


def test_a_compressed_ply_is_told_by_its_content(tmp_path, data):
    (tmp_path / "splats.ply").write_bytes((data("splats") / "biker.compressed.ply").read_bytes())
    assert len(read_splats(tmp_path / "splats.ply")) == 152746


def test_real_files_are_read(data):
    hamburger = read_splats(data("splats") / "hamburger.ply")
    assert (len(hamburger), hamburger.degree) == (52709, 0)
    train = read_splats(data("splats") / "tiny" / "test-splat.3-points-from-train.ply")
    assert (len(train), train.degree) == (3, 3)


def test_a_half_written_degree_is_refused(tmp_path):
    write_splats(tmp_path / "splats.ply", random_splats(2, 1))
    columns = table_of(tmp_path / "splats.ply")
    del columns["f_rest_4"]
    write_table(tmp_path / "other.ply", columns)
    with pytest.raises(UnreadableFile, match="8 f_rest columns; 0, 9, 24 or 45"):
        read_splats(tmp_path / "other.ply")
