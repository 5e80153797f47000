"""Measuring in turns, so that a busy machine slows every candidate alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping

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
