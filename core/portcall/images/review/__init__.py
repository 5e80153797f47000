"""The review of a Dockerfile: its stages, its bases as they are now, and what to change in it."""

from portcall.images.review.hadolint import HadolintPlaces
from portcall.images.review.review import review_dockerfile

__all__ = ["HadolintPlaces", "review_dockerfile"]
