"""What happens when, as parts of one start's steps."""

from __future__ import annotations

from dataclasses import dataclass

from recon.methods.blocks import Config

HARD_FROM = 0.7
GROUND_FROZEN = 0.1  # at first, blocks find their places before the ground tilts under them
DECAY_FROM, DECAY_TO = 0.6, 0.1
FIRST_SEARCH, LAST_SEARCH = 0.25, 0.62
KILL_INTERVAL, KILL_BELOW = 25, 0.05
LOGIT_NOISE = 0.5
PLANE_RATE, SKY_RATE = 1e-3, 1e-2


@dataclass(frozen=True)
class Stage:
    """How finely is drawn: photographs `divisor` times smaller, `side` and `ground` surfels along an edge."""

    name: str
    begins: float
    divisor: int
    side: int
    ground: int


def stages(config: Config) -> tuple[Stage, ...]:
    """Coarse to fine."""
    middle = max(10, config.texture_size * 10 // 16)
    return (
        Stage("Placing blocks", 0.0, 2, 8, 48),
        Stage("Shaping blocks", 0.25, 1, middle, 64),
        Stage("Painting blocks", 0.65, 1, config.texture_size, 96),
    )


def stage_at(config: Config, progress: float) -> Stage:
    """The stage at a part of a start."""
    return next(stage for stage in reversed(stages(config)) if progress >= stage.begins)


def trial_stage(config: Config) -> Stage:
    """As coarse as trials are: they are many."""
    return stages(config)[0]


def search_steps(config: Config, length: int) -> tuple[int, ...]:
    """Steps of one start before which the structure is searched."""
    if config.searches == 0 or length < 4:
        return ()
    span = (LAST_SEARCH - FIRST_SEARCH) / max(config.searches - 1, 1)
    return tuple(sorted({round(length * (FIRST_SEARCH + span * index)) for index in range(config.searches)}))


def rates(config: Config, progress: float) -> dict[str, float]:
    """Learning rate of every parameter, by the beginning of its name."""
    fall = 1.0 if progress < DECAY_FROM else DECAY_TO ** ((progress - DECAY_FROM) / (1 - DECAY_FROM))
    return {
        "centers": config.pose_rate * fall,
        "log_scales": config.pose_rate * fall,
        "rotations": config.pose_rate * fall,
        "exponents": config.shape_rate * fall,
        "tapers": config.shape_rate * fall if config.taper else 0.0,
        "logits": config.shape_rate * fall,
        "tiles": config.texture_rate * fall,
        "ground": config.texture_rate * fall,
        "plane": PLANE_RATE * fall if progress >= GROUND_FROZEN else 0.0,
        "sky": SKY_RATE * fall,
    }
