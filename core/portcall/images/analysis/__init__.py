"""Why an image is as large as it is: its layers, what is lost in them, and what was left behind."""

from portcall.images.analysis.answer import analyze_layers

__all__ = ["analyze_layers"]
