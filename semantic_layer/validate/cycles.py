"""Circles among definitions that refer to one another."""

from __future__ import annotations

from collections.abc import Mapping


def find_cycles(graph: Mapping[str, tuple[str, ...]]) -> list[list[str]]:
    """Return each circle of a graph as a path that ends where it began."""
    done: set[str] = set()
    cycles: list[list[str]] = []

    def visit(node: str, trail: list[str]) -> None:
        if node in trail:
            cycles.append([*trail[trail.index(node) :], node])
            return
        if node in done:
            return
        for child in graph.get(node, ()):
            visit(child, [*trail, node])
        done.add(node)

    for name in graph:
        visit(name, [])
    return cycles
