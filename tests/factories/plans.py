"""How PostgreSQL would go about a statement."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tests.factories.rows import rows, value


async def ways_into(statement: str, *values: Any) -> Mapping[str, set[str]]:
    """By table, the indexes it would be read through; 'Seq Scan' for a table that would be read whole."""
    await rows("ANALYZE")
    found = await value(f"EXPLAIN (FORMAT JSON) {statement}", *values)
    (plan,) = json.loads(found) if isinstance(found, str) else found
    ways: dict[str, set[str]] = defaultdict(set)
    for node in _nodes(plan["Plan"]):
        if node["Node Type"] == "Bitmap Heap Scan":
            ways[node["Relation Name"]] |= {
                each["Index Name"] for each in _nodes(node) if each["Node Type"] == "Bitmap Index Scan"
            }
        elif "Scan" in node["Node Type"] and "Relation Name" in node:
            ways[node["Relation Name"]].add(node.get("Index Name", node["Node Type"]))
    return ways


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from _nodes(each)
