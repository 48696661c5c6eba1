"""The believable world every workspace starts from: named fixtures and bulk data, always the same bytes."""

from sandbox.seeds.world import (
    DEFAULT_SEED,
    PROFILES,
    SeedWorld,
    anchor_of,
    build_world,
    seed_layer,
)

__all__ = ["DEFAULT_SEED", "PROFILES", "SeedWorld", "anchor_of", "build_world", "seed_layer"]
