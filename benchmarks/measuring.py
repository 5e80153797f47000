"""Measuring in turns, so that a busy machine slows every candidate alike."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable, Mapping

Measure = Callable[[], float]


def in_turns(candidates: Mapping[str, Measure], rounds: int) -> dict[str, list[float]]:
    """Return each candidate's results over ``rounds`` rounds, one of each a round."""
    results: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, measure in candidates.items():
            results[name].append(measure())
    return results


def print_table(title: str, results: Mapping[str, list[float]], unit: str, baseline: str, *, more: bool) -> None:
    """Print medians with the spread, and each one's ratio to ``baseline``.

    Args:
        title: What was measured.
        results: From :func:`in_turns`.
        unit: Of the results.
        baseline: The candidate that the others are compared with.
        more: Whether more is better.
    """
    base = statistics.median(results[baseline])
    print(f"\n{title} ({'more' if more else 'less'} is better)\n")
    print(f"{'':42} {'median':>10} {'min':>10} {'max':>10}   ratio")
    for name, values in results.items():
        middle = statistics.median(values)
        print(
            f"{name:42} {middle:10.1f} {min(values):10.1f} {max(values):10.1f}   {middle / base:5.2f}x  [{unit}]"
        )


async def in_turns_awaited(
    candidates: Mapping[str, Callable[[], Awaitable[float]]], rounds: int
) -> dict[str, list[float]]:
    """Return what :func:`in_turns` does, of candidates that are awaited."""
    results: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, measure in candidates.items():
            results[name].append(await measure())
    return results


def print_grid(title: str, columns: Mapping[str, Mapping[str, str]]) -> None:
    """Print columns side by side, each with a cell for each of its rows, in the order in which rows appear."""
    rows = list(dict.fromkeys(row for cells in columns.values() for row in cells))
    table = [["", *columns], *([row, *(cells.get(row, "–") for cells in columns.values())] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    print(f"\n{title}\n")
    for label, *cells in table:
        aligned = (f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True))
        print(f"{label:{widths[0]}}", *aligned, sep="   ")
