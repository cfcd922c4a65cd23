"""Fixtures of the planted scene."""

import pytest
from planted import planted_capture

from recon.methods.base import Context
from recon.methods.splats import Config
from recon.scene import Capture


@pytest.fixture(scope="session")
def capture() -> Capture:
    return planted_capture()


@pytest.fixture
def context(tmp_path) -> Context:
    return Context(seed=0, device="cpu", cache=tmp_path)


@pytest.fixture(scope="session")
def small_config() -> Config:
    return Config(steps=120, cap=200, sh_degree=1, growth_interval=20, coarse_until=0.3, evaluations=0)
