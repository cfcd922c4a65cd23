"""What a user reads when the CUDA renderer cannot be had; no GPU is needed for that."""

import importlib
import os

import pytest
import torch

from recon.errors import DeviceUnavailable
from recon.render import cuda_build


@pytest.fixture
def pretended_gpu(monkeypatch, tmp_path):
    """A machine with a GPU and a compiler, on which nothing has been built."""
    from torch.utils import cpp_extension

    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "nvcc").touch()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(cpp_extension, "CUDA_HOME", str(tmp_path))
    monkeypatch.setattr(cuda_build, "_architectures", lambda: "8.6")
    monkeypatch.setattr(cuda_build, "_build_folder", lambda: tmp_path / "build")
    monkeypatch.setattr(cuda_build, "_try_out", lambda _: None)
    monkeypatch.setattr(cuda_build, "kernels", cuda_build.kernels.__wrapped__)
    for name in ("TORCH_EXTENSIONS_DIR", "TORCH_CUDA_ARCH_LIST", "MAX_JOBS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_without_a_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceUnavailable, match=r"needs an NVIDIA GPU.*--device cpu"):
        cuda_build.warm_up(print)


def test_without_a_compiler(pretended_gpu):
    (pretended_gpu / "bin" / "nvcc").unlink()
    said = []
    with pytest.raises(DeviceUnavailable, match=r"nvcc was not found.*CUDA_HOME.*--device cpu"):
        cuda_build.warm_up(said.append)
    assert said == ["Building the CUDA kernels (some minutes, only this once)"]


def test_a_build_that_fails_is_told_in_its_own_words(pretended_gpu, monkeypatch):
    log = "Error building extension 'gsplat_cuda': [1/30] nvcc\nIntersect.cu(7): error: no such thing\nninja: stopped"

    def fail(name):
        assert name == "gsplat.cuda._backend"
        raise RuntimeError(log)

    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(DeviceUnavailable, match=r"Intersect.cu\(7\): error: no such thing \(all of it: ") as caught:
        cuda_build.warm_up(lambda _: None)
    assert "ninja" not in str(caught.value)
    assert (pretended_gpu / "build" / "build.log").read_text() == log


def test_the_build_is_for_this_machine_and_leaves_no_trace(pretended_gpu, monkeypatch):
    seen = {}
    monkeypatch.setenv("MAX_JOBS", "3")
    monkeypatch.setattr(importlib, "import_module", lambda _: seen.update(os.environ))
    before = dict(os.environ)
    cuda_build.warm_up(lambda _: None)
    assert seen["TORCH_CUDA_ARCH_LIST"] == "8.6"
    assert seen["TORCH_EXTENSIONS_DIR"] == str(pretended_gpu / "build")
    assert seen["MAX_JOBS"] == "3"
    assert dict(os.environ) == before


def test_what_is_built_is_only_loaded(pretended_gpu, monkeypatch):
    library = pretended_gpu / "build" / "gsplat_cuda" / "gsplat_cuda.so"
    library.parent.mkdir(parents=True)
    library.touch()
    monkeypatch.setattr(importlib, "import_module", lambda _: None)
    said = []
    cuda_build.warm_up(said.append)
    assert said == ["Loading the CUDA kernels"]


def test_kernels_for_another_gpu_are_found_out(pretended_gpu, monkeypatch):
    def fail(_):
        raise RuntimeError("CUDA error: no kernel image is available for execution on the device")

    monkeypatch.setattr(importlib, "import_module", lambda _: None)
    monkeypatch.setattr(cuda_build, "_try_out", fail)
    with pytest.raises(DeviceUnavailable, match="no kernel image"):
        cuda_build.warm_up(lambda _: None)
