"""Histories of images: what their lines say of how an image was built."""
