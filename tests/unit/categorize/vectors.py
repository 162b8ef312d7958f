"""Vectors of length 1 whose groups are known."""

import numpy as np

from services.categorize.grouping import Floats


def blobs(count: int, size: int, seed: int = 0) -> Floats:
    """`count` groups of `size` vectors each, one group after the other."""
    chance = np.random.default_rng(seed)
    centres = np.repeat(chance.normal(size=(count, 48)), size, axis=0)
    vectors = (centres + 0.4 * chance.normal(size=centres.shape)).astype(np.float32)
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def nested(families: int, members: int, size: int) -> Floats:
    """Groups of `size` vectors each, of which `members` at a time lie near each other."""
    chance = np.random.default_rng(0)
    family = np.repeat(chance.normal(size=(families, 48)), members * size, axis=0)
    member = np.repeat(0.7 * chance.normal(size=(families * members, 48)), size, axis=0)
    vectors = (family + member + 0.25 * chance.normal(size=family.shape)).astype(np.float32)
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def noise(rows: int) -> Floats:
    """Vectors without any groups, in which chance decides what is one."""
    return blobs(rows, 1)


def on_circle(*degrees: float) -> Floats:
    """Vectors of which any two are as similar as the cosine of what lies between."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
