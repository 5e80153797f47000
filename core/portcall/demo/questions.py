"""What the demonstration's agent asks; ``HOST`` stands for the embedded registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """One question in a person's words, and the tool that answers it."""

    asked: str
    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)


_COMPOSE = """\
services:
  api:
    image: HOST/shop/api:1.4.2
  gateway:
    image: HOST/shop/gateway:${GATEWAY:-1.4.1}
  worker:
    image: HOST/shop/worker:2.1
"""

QUESTIONS: tuple[Question, ...] = (
    Question("Which registries do you know?", "list_registries"),
    Question(
        "Is shop/gateway 1.4 the newest stable? What is?",
        "search_tags",
        {"image_name": "HOST/shop/gateway", "limit": 12},
    ),
    Question("Which full version is 'stable' today?", "search_tags", {"image_name": "HOST/shop/gateway:stable"}),
    Question(
        "Which shop/api should I run on arm64? Pinned, please.",
        "get_image_details",
        {"image_name": "HOST/shop/api", "tag": "1.4", "platform": "linux/arm64"},
    ),
    Question(
        "Do all images of this compose file exist for arm64, and is anything newer out?",
        "check_images",
        {"content": _COMPOSE, "platform": "linux/arm64", "suggest_newer": True},
    ),
    Question("What is in charts/shop?", "get_image_details", {"image_name": "HOST/charts/shop:0.3.1"}),
    Question(
        "And the same as a resource, for a host that attaches it: shop/worker, built with attestations.",
        "resource",
        {"uri": "docker://image/HOST%2Fshop%2Fworker/2.0.0"},
    ),
    Question("I typed shop/api:1.4.20. Help.", "get_image_details", {"image_name": "HOST/shop/api:1.4.20"}),
)
