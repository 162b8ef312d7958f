"""Groups of rows that mean about the same: a nearest-neighbour graph and its Louvain communities.

Nothing is left out as noise: each row is in one group, and what is too small or too mixed is sorted
out later, by size and by the model.
"""

from collections.abc import Iterable, Sequence
from math import isqrt

import networkx as nx
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

NEIGHBOURS = 15
BLOCK = 256
"""Rows whose similarities to all others are held at a time: 50 MB for 50,000 rows."""
ROWS_PER_COMMUNITY = 4
"""A community of `resolution = n / (4 m)` has about as many rows as the m of an existing category."""
FEW_RESOLUTION = 0.2
"""Of texts too few for four groups: where there are several themes, their graph is in parts anyway, and at a
resolution near 1 the ten sentences of a single one are two groups."""
SEED = 1


def resolution_for(rows: int, median_category_rows: float) -> float:
    """Louvain's resolution at which groups are about as fine as the taxonomy's categories.

    Args:
        rows: how many are grouped.
        median_category_rows: median of the rows that existing categories have.
    """
    resolution = rows / (ROWS_PER_COMMUNITY * max(median_category_rows, 1.0))
    return resolution if resolution >= 1 else min(resolution, FEW_RESOLUTION)


def seconds_for(rows: int) -> float:
    """Estimated seconds, rather too many, to group so many rows; it grows with their square."""
    return rows * rows * 4e-8 + rows * 2e-3


def nearest_neighbours(vectors: Floats) -> tuple[Integers, Floats]:
    """For each of two rows or more its most similar others and their cosines; vectors have length 1.

    Few rows have small themes, and beyond its theme a row has no neighbours worth the name: so no more
    than the square root of their number.
    """
    count = len(vectors)
    k = min(NEIGHBOURS, isqrt(count))
    neighbours = np.empty((count, k), np.int64)
    cosines = np.empty((count, k), np.float32)
    for start in range(0, count, BLOCK):
        similar = vectors[start : start + BLOCK] @ vectors.T
        rows = np.arange(len(similar))
        similar[rows, start + rows] = -np.inf
        nearest = np.argpartition(similar, count - k)[:, count - k :]
        neighbours[start : start + BLOCK] = nearest
        cosines[start : start + BLOCK] = np.take_along_axis(similar, nearest, axis=1)
    return neighbours, cosines


def group(vectors: Floats, resolution: float, seed: int = SEED, at_least: float = 0.0) -> list[list[int]]:
    """Positions of the rows of each group, largest group first.

    Args:
        vectors: one row each, of length 1.
        resolution: see `resolution_for`.
        seed: the same seed and rows give the same groups.
        at_least: rows from which a group is worth a question. As long as most rows are in smaller ones,
            groups are put together to coarser ones: what is too mixed then is divided again.
    """
    if len(vectors) < 2:
        return [[position] for position in range(len(vectors))]
    graph = _graph(vectors)
    communities = nx.community.louvain_communities(graph, resolution=resolution, seed=seed)
    while resolution > 1 and _too_fine(communities, at_least):
        resolution = max(1.0, resolution / 2)
        communities = _coarser(graph, communities, resolution, seed)
    groups = [sorted(community) for community in communities]
    return sorted(groups, key=lambda members: (-len(members), members))


def _too_fine(communities: Sequence[set[int]], at_least: float) -> bool:
    large = sum(len(community) for community in communities if len(community) >= at_least)
    return 2 * large < sum(map(len, communities))


def _coarser(
    graph: "nx.Graph[int]", communities: Sequence[set[int]], resolution: float, seed: int
) -> list[set[int]]:
    """Communities of the communities, as in Louvain's next level, but at another resolution."""
    of = {node: number for number, members in enumerate(communities) for node in members}
    small: nx.Graph[int] = nx.Graph()
    small.add_nodes_from(range(len(communities)))
    ties: Iterable[tuple[int, int, float]] = graph.edges(data="weight")
    for one, other, weight in ties:
        a, b = of[one], of[other]
        before = small[a][b]["weight"] if small.has_edge(a, b) else 0.0
        small.add_edge(a, b, weight=before + weight)
    joined = nx.community.louvain_communities(small, resolution=resolution, seed=seed)
    return [set().union(*(communities[number] for number in each)) for each in joined]


def central_first(vectors: Floats, members: Sequence[int]) -> list[int]:
    """The group's positions, the ones nearest to its centre first."""
    rows = vectors[list(members)]
    order = np.argsort(-(rows @ rows.mean(axis=0)), kind="stable")
    return [members[place] for place in order]


def _graph(vectors: Floats) -> "nx.Graph[int]":
    """The neighbour graph; the edge of mutual neighbours weighs the sum of both similarities."""
    neighbours, cosines = nearest_neighbours(vectors)
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(vectors)))
    for row, (others, weights) in enumerate(zip(neighbours.tolist(), cosines.tolist(), strict=True)):
        ties = graph[row]
        for other, weight in zip(others, weights, strict=True):
            before = ties[other]["weight"] if other in ties else 0.0
            graph.add_edge(row, other, weight=before + max(weight, 1e-3))
    return graph
