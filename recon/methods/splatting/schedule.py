"""What changes as a run goes on, as functions of progress in [0, 1]."""

from __future__ import annotations

from recon.methods.splats import Config

POSITION_RATE_LEFT = 0.01
POSE_RATE_LEFT = 0.1
HARMONICS_COMPLETE = 0.5
# Relocation also frees what has died since, so it goes on after the number is reached.
RELOCATION_UNTIL = 0.85


def shrinking(config: Config, progress: float) -> int:
    """How many times smaller the photographs are now than they will be in the end."""
    return config.coarse_factor if progress < config.coarse_until else 1


def harmonics_degree(config: Config, progress: float) -> int:
    """The degree in use: raised in even steps, complete halfway."""
    return min(config.sh_degree, int(progress / HARMONICS_COMPLETE * (config.sh_degree + 1)))


def population(config: Config, initial: int, progress: float) -> int:
    """How many Gaussians there should be: geometric growth from the initial number to the cap."""
    if initial >= config.cap:
        return config.cap
    part = min(1.0, progress / config.growth_until) if config.growth_until > 0 else 1.0
    return int(initial * (config.cap / initial) ** part)


def learning_rates(config: Config, progress: float) -> dict[str, float]:
    """Adam's step per parameter of the model, and of what is fitted per view."""
    return {
        "means": config.position_rate * POSITION_RATE_LEFT**progress,
        "log_scales": config.scale_rate,
        "quaternions": config.rotation_rate,
        "logits": config.opacity_rate,
        "colors": config.color_rate,
        "harmonics": config.harmonics_rate,
        "exposure": config.exposure_rate,
        "pose": config.pose_rate * POSE_RATE_LEFT**progress,
    }


def is_growth_due(config: Config, step: int) -> bool:
    """Whether Gaussians are added, and dead ones removed, after this step."""
    progress = step / config.steps
    until = RELOCATION_UNTIL if config.growth == "mcmc" else config.growth_until
    return config.growth != "none" and progress < until and step > 0 and step % config.growth_interval == 0
