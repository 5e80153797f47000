"""The version, where the build and everything else read it."""

__version__ = "0.1.0"
"""This release of portcall."""
