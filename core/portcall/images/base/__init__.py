"""What an image was built on, and whether that has moved on since."""

from portcall.images.base.check import check_base_image

__all__ = ["check_base_image"]
