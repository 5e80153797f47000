"""What is different between two images: platforms, layers, configuration, history, files."""

from portcall.images.comparison.answer import compare_images

__all__ = ["compare_images"]
