"""What happens when, as parts of one start's steps."""

from __future__ import annotations

from dataclasses import dataclass

from recon.methods.blocks import GROUND_TEXELS, Config

HARD_FROM = 0.7
GROUND_FROZEN = 0.1  # at first, blocks find their places before the ground tilts under them
DECAY_FROM, DECAY_TO = 0.6, 0.1
FIRST_SEARCH, LAST_SEARCH, LATE = 0.25, 0.62, 0.6
SOLO = 0.4  # of a run that goes on, in which only what was changed is free
# Then all is, by rates that begin at nothing: at full ones the first steps would shake what was fitted for long.
GOING_ON, WARM_UP = 0.3, 0.15
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
        Stage("Shaping blocks", 0.25, 1, middle, 96),
        Stage("Painting blocks", 0.65, 1, config.texture_size, GROUND_TEXELS),
    )


def stage_at(config: Config, progress: float) -> Stage:
    """The stage at a part of a start."""
    return next(stage for stage in reversed(stages(config)) if progress >= stage.begins)


def stage_going_on(config: Config, progress: float, *, solo: bool) -> Stage:
    """The stage at a part of a run that goes on from edited blocks; `solo` if some were changed."""
    middle, last = stages(config)[1:]
    if solo and progress < SOLO:
        return Stage("Moving what was changed", 0.0, 2, middle.side, middle.ground)
    return Stage("Fitting on", SOLO if solo else 0.0, 1, last.side, last.ground)


def trial_stage(config: Config, progress: float) -> Stage:
    """As coarse as trials can be, for they are many; the last search is to see what is small, too."""
    return stages(config)[1 if progress > LATE else 0]


def search_steps(config: Config, length: int) -> tuple[int, ...]:
    """Steps of one start before which the structure is searched."""
    if config.searches == 0 or length < 4:
        return ()
    span = (LAST_SEARCH - FIRST_SEARCH) / max(config.searches - 1, 1)
    return tuple(sorted({round(length * (FIRST_SEARCH + span * index)) for index in range(config.searches)}))


def rates_going_on(config: Config, progress: float, *, solo: bool) -> dict[str, float]:
    """Learning rates of a run that goes on from edited blocks."""
    begins = SOLO if solo else 0.0
    if progress < begins:
        factor = GOING_ON ** (progress / SOLO)
    else:
        within = (progress - begins) / (1 - begins)
        factor = GOING_ON * min(within / WARM_UP, 1.0) * (DECAY_TO / GOING_ON) ** within
    return {name: factor * rate for name, rate in rates(config, GROUND_FROZEN).items()}


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
