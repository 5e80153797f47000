"""What is different between two images: platforms, layers, configuration, history, files."""

from portcall.images.comparison.answer import compare_images
from portcall.images.comparison.summed_progress import SummedProgress

__all__ = ["SummedProgress", "compare_images"]
