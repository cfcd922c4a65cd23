"""Adding and removing Gaussians, by itself."""

import numpy as np
import pytest
import torch

from recon.errors import MethodError
from recon.methods.splatting import growth
from recon.methods.splatting.model import Model, initial_model, rotation_matrices
from recon.methods.splatting.optimizer import Adam
from recon.scene import Points


@pytest.fixture
def generator():
    return np.random.default_rng(0)


@pytest.fixture
def model(generator) -> Model:
    points = Points(generator.normal(size=(50, 3)).astype(np.float32), np.full((50, 3), 0.5, np.float32))
    return initial_model(points, 1, 0.3, generator, torch.device("cpu"))


def stepped(model: Model) -> Adam:
    optimizer = Adam(model.parameters)
    for tensor in model.parameters.values():
        tensor.grad = torch.ones_like(tensor)
    optimizer.step(model.parameters, dict.fromkeys(model.parameters, 1e-3))
    return optimizer


def shapes_agree(model: Model, optimizer: Adam) -> bool:
    return all(
        moments[name].shape == tensor.shape and tensor.requires_grad and tensor.is_leaf
        for moments in (optimizer.first, optimizer.second)
        for name, tensor in model.parameters.items()
    )


def test_splitting_reaches_the_target_and_keeps_the_optimizer_in_step(model, generator):
    optimizer = stepped(model)
    growth.split_by_error(model, optimizer, torch.rand(50), 60, generator)
    assert len(model) == 60
    assert shapes_agree(model, optimizer)


def test_splitting_at_most_half_at_once(model, generator):
    growth.split_by_error(model, stepped(model), torch.rand(50), 1000, generator)
    assert len(model) == 75


def test_splitting_prefers_large_errors(model, generator):
    scores = torch.full((50,), 1e-6)
    scores[:5] = 1.0
    optimizer = stepped(model)
    means = model["means"].detach().clone()
    growth.split_by_error(model, optimizer, scores, 55, generator)
    untouched = (model["means"][:50] == means).all(1)
    assert not untouched[:5].any()
    assert untouched[5:].all()


def test_a_split_leaves_two_halves_about_the_same_centre(model, generator):
    scores = torch.zeros(50)
    scores[7] = 1.0
    optimizer = stepped(model)
    center, scales = model["means"][7].detach().clone(), model.scales[7].detach().clone()
    growth.split_by_error(model, optimizer, scores, 51, generator)
    torch.testing.assert_close((model["means"][7] + model["means"][-1]) / 2, center)
    assert (model.scales[7] < scales).all()
    assert (model.scales[-1] == model.scales[7]).all()


@pytest.mark.parametrize("spoil", ["transparent", "nan"])
def test_dead_gaussians_are_dropped(model, generator, spoil):
    with torch.no_grad():
        if spoil == "transparent":
            model["logits"][:10] = -20
        else:
            model["means"][:10, 1] = torch.nan
    growth.split_by_error(model, stepped(model), torch.ones(50), 40, generator)
    assert len(model) == 40
    assert torch.isfinite(model["means"]).all()


def test_relocation_moves_the_dead_to_the_opaque(model, generator):
    with torch.no_grad():
        model["logits"][:10] = -20
    optimizer = stepped(model)
    growth.relocate(model, optimizer, 50, generator)
    assert len(model) == 50
    assert model.opacities.min() >= growth.DEAD_OPACITY * 0.99
    assert shapes_agree(model, optimizer)


@pytest.mark.parametrize("strategy", ["split", "relocate"])
def test_nothing_left_is_an_error_in_words(model, generator, strategy):
    with torch.no_grad():
        model["logits"].fill_(-20)
    optimizer = stepped(model)
    grow = {
        "split": lambda: growth.split_by_error(model, optimizer, torch.ones(50), 60, generator),
        "relocate": lambda: growth.relocate(model, optimizer, 60, generator),
    }[strategy]
    with pytest.raises(MethodError, match="No Gaussian is left"):
        grow()


@pytest.mark.parametrize("copies", [1, 2, 5, 20])
def test_coincident_copies_draw_what_one_drew(copies):
    """The profile of n Gaussians with shared opacity integrates to that of the original along a line."""
    opacity = torch.tensor([0.7], dtype=torch.float64)
    shared, shrink = growth.shared_opacity(opacity, torch.tensor([copies]))
    torch.testing.assert_close(1 - (1 - shared) ** copies, opacity)
    x = torch.linspace(-8, 8, 20001, dtype=torch.float64)
    stacked = 1 - (1 - shared * torch.exp(-0.5 * (x / shrink) ** 2)) ** copies
    original = opacity * torch.exp(-0.5 * x**2)
    torch.testing.assert_close(torch.trapezoid(stacked, x), torch.trapezoid(original, x), rtol=1e-4, atol=0)


def test_exploring_shakes_the_faint_and_spares_the_opaque(model, generator):
    with torch.no_grad():
        model["logits"][:25] = -6
        model["logits"][25:] = 4
    before = model["means"].detach().clone()
    growth.explore(model, 1e-4, generator)
    distances = (model["means"] - before).norm(dim=1)
    assert distances[:25].min() > 0
    assert distances[25:].max() < 1e-6


def test_rotation_matrices_are_rotations(generator):
    matrices = rotation_matrices(torch.from_numpy(generator.normal(size=(9, 4))))
    torch.testing.assert_close(matrices @ matrices.mT, torch.eye(3, dtype=torch.float64).expand(9, 3, 3))
    torch.testing.assert_close(torch.linalg.det(matrices), torch.ones(9, dtype=torch.float64))
