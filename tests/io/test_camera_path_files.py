"""Camera paths as JSON."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from recon.errors import UnreadableFile
from recon.io.camera_paths import from_json, read_film, to_json, write_film
from recon.scene.camera_path import CameraPath, Film, Keyframe


def film(seed=0, count=3, background=(0.1, 0.2, 0.3)):
    random = np.random.default_rng(seed)
    keyframes = []
    for time in range(count):
        pose = np.eye(4)
        pose[:3, :3] = Rotation.random(random_state=seed + time).as_matrix()
        pose[:3, 3] = random.normal(size=3)
        keyframes.append(Keyframe(time + 0.5, pose, 0.7, 2.0, f"Keyframe {time}"))
    return Film(CameraPath(tuple(keyframes), count + 1.0, seed % 2 == 1, True), 640, 360, 24.0, "depth", background)


@given(st.integers(0, 100), st.integers(0, 5), st.sampled_from([None, (0.0, 0.5, 1.0)]))
def test_a_path_reads_back_as_it_was(seed, count, background):
    before = film(seed, count, background)
    after = from_json(json.loads(json.dumps(to_json(before))))
    assert after.frame_count == before.frame_count
    assert [each.name for each in after.path.keyframes] == [each.name for each in before.path.keyframes]
    for time in np.linspace(0, count, 5) if count else ():
        np.testing.assert_allclose(
            after.path.at(time).world_from_camera, before.path.at(time).world_from_camera, atol=1e-9
        )
    assert (after.width, after.height, after.mode, after.background) == (640, 360, "depth", background)


def test_files(tmp_path):
    write_film(tmp_path / "paths" / "a.json", film())
    read = read_film(tmp_path / "paths" / "a.json")
    assert [each.name for each in read.path.keyframes] == ["Keyframe 0", "Keyframe 1", "Keyframe 2"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "shopping list"}, "no camera path"),
        ({"schema": 7}, "another version"),
        ({"duration": -1}, "duration of a camera path must be positive"),
        ({"duration": "long"}, "damaged"),
        ({"mode": "taste"}, "mode of a film"),
        ({"keyframes": [{"time": 0}]}, "damaged"),
        ({"keyframes": 3}, "damaged"),
        ({"background": [1]}, "three numbers"),
    ],
)
def test_damage_is_told(tmp_path, change, said):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(to_json(film()) | change))
    with pytest.raises(UnreadableFile, match=said):
        read_film(path)


def test_what_is_no_json_or_not_there_is_told(tmp_path):
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(UnreadableFile, match="no camera path"):
        read_film(tmp_path / "a.json")
    with pytest.raises(UnreadableFile, match="could not be read"):
        read_film(tmp_path / "b.json")
