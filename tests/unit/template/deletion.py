"""What CloudFormation deletes while a resource takes as long as it can."""

import networkx as nx
from cfnlint.template import Template  # type: ignore[import-untyped]


def gone_before(cfn: Template, custom: str) -> set[str]:
    """All that is deleted while this resource takes as long as it can, wave by wave."""
    left: nx.DiGraph[str] = nx.DiGraph(cfn.graph.graph).subgraph(cfn.get_resources()).copy()
    gone: set[str] = set()
    while wave := {name for name in left if left.in_degree(name) == 0} - {custom}:
        gone |= wave
        left.remove_nodes_from(wave)
    return gone
