"""LPIPS with random weights: its shape, not its taste."""

import pytest
import torch
from evaluation_scenes import splats, views
from safetensors.torch import save_file

from recon.errors import UnreadableFile
from recon.evaluate import measure
from recon.evaluate.lpips import ALEXNET, VGG16, Lpips


def weights(network, seed=0):
    """Random convolutions, and heads that weigh every channel positively."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, shape in network.shapes.items():
        values = torch.randn(shape, generator=generator)
        tensors[name] = values.abs() if name.startswith("lin") else values / max(values[0].numel(), 1) ** 0.5
    return tensors


@pytest.fixture
def alexnet(tmp_path):
    path = tmp_path / "alex.safetensors"
    save_file(weights(ALEXNET), path)
    return path


@pytest.mark.parametrize("network", [ALEXNET, VGG16])
def test_distance_grows_with_the_difference(tmp_path, network):
    path = tmp_path / "weights.safetensors"
    save_file(weights(network), path)
    lpips = Lpips.load(path)
    generator = torch.Generator().manual_seed(1)
    image, noise = torch.rand(40, 48, 3, generator=generator), torch.randn(40, 48, 3, generator=generator)
    assert lpips.network is network
    assert lpips.distance(image, image) == 0
    distances = [lpips.distance(image, image + strength * noise) for strength in (0.01, 0.05, 0.2)]
    assert 0 < distances[0] < distances[1] < distances[2]


def test_the_first_layer_is_what_the_paper_says(alexnet):
    """With all heads but the first at zero, the distance is that of normalised first-layer activations."""
    tensors = {name: torch.zeros_like(values) if name.startswith("lin") else values
               for name, values in weights(ALEXNET).items()}  # fmt: skip
    tensors["lin0.model.1.weight"] = torch.ones(1, 64, 1, 1)
    save_file(tensors, alexnet)
    image, reference = torch.rand(2, 33, 35, 3, generator=torch.Generator().manual_seed(2))

    def unit_activations(picture):
        shift, scale = torch.tensor([-0.030, -0.088, -0.188]), torch.tensor([0.458, 0.448, 0.450])
        inputs = ((picture * 2 - 1 - shift) / scale).permute(2, 0, 1)[None]
        weight, bias = tensors["features.0.weight"], tensors["features.0.bias"]
        activations = torch.conv2d(inputs, weight, bias, stride=4, padding=2).relu()
        return activations / activations.square().sum(1, keepdim=True).sqrt()

    wanted = (unit_activations(image) - unit_activations(reference)).square().sum(1).mean()
    assert Lpips.load(alexnet).distance(image, reference) == pytest.approx(wanted.item(), rel=1e-5)


def test_names_of_the_lpips_package_are_known(alexnet, tmp_path):
    slices = {0: 1, 3: 2, 6: 3, 8: 4, 10: 5}
    renamed = {"scaling_layer.shift": torch.zeros(1, 3, 1, 1)}
    for name, values in weights(ALEXNET).items():
        kind, index, rest = name.split(".", 2)
        renamed[f"net.slice{slices[int(index)]}.{index}.{rest}" if kind == "features" else name] = values
    save_file(renamed, tmp_path / "renamed.safetensors")
    image, reference = torch.rand(2, 33, 35, 3, generator=torch.Generator().manual_seed(3))
    wanted = Lpips.load(alexnet).distance(image, reference)
    assert Lpips.load(tmp_path / "renamed.safetensors").distance(image, reference) == wanted


def test_measurements_carry_it_and_name_the_weights(alexnet):
    geometry = splats()
    metrics = measure(geometry, views(geometry, 2), device="cpu", lpips_weights=alexnet).to_json()
    assert set(metrics["mean"]) == {"psnr", "ssim", "lpips"}
    assert all(0 <= view["lpips"] < 0.1 for view in metrics["views"])
    assert metrics["protocol"]["lpips"]["net"] == "alex"
    assert len(metrics["protocol"]["lpips"]["weights_sha256"]) == 64


def test_small_images_are_refused(alexnet):
    with pytest.raises(ValueError, match="at least 31 pixels"):
        Lpips.load(alexnet).distance(torch.zeros(30, 40, 3), torch.zeros(30, 40, 3))


def test_smallest_images_are_compared(alexnet, tmp_path):
    assert Lpips.load(alexnet).distance(torch.zeros(31, 31, 3), torch.zeros(31, 31, 3)) == 0
    save_file(weights(VGG16), tmp_path / "vgg.safetensors")
    assert Lpips.load(tmp_path / "vgg.safetensors").distance(torch.zeros(16, 16, 3), torch.zeros(16, 16, 3)) == 0


def test_wrong_files_are_refused_with_a_sentence(tmp_path):
    path = tmp_path / "wrong.safetensors"
    with pytest.raises(UnreadableFile, match="cannot be read as LPIPS weights"):
        Lpips.load(path)
    path.write_bytes(b"not a tensor in sight")
    with pytest.raises(UnreadableFile, match="cannot be read as LPIPS weights"):
        Lpips.load(path)
    save_file({"something": torch.zeros(3)}, path)
    with pytest.raises(UnreadableFile, match=r"features\.0\.weight should have the shape .* but it is missing"):
        Lpips.load(path)
    save_file({"features.0.weight": torch.zeros(8, 3, 3, 3)}, path)
    with pytest.raises(UnreadableFile, match=r"its shape is \(8, 3, 3, 3\)"):
        Lpips.load(path)
    tensors = weights(ALEXNET)
    del tensors["lin2.model.1.weight"]
    save_file(tensors, path)
    with pytest.raises(UnreadableFile, match=r"lin2\.model\.1\.weight is missing"):
        Lpips.load(path)
    save_file(weights(ALEXNET) | {"features.8.bias": torch.zeros(7)}, path)
    with pytest.raises(UnreadableFile, match=r"features\.8\.bias has the shape \(7,\)"):
        Lpips.load(path)
