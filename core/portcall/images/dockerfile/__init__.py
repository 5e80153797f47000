"""The Dockerfile of an image, as exactly as anything tells it."""

from portcall.images.dockerfile.origin import image_dockerfile

__all__ = ["image_dockerfile"]
