"""Answers as text: one renderer for tools, resources and the shell.

The text is compact Markdown that suffices by itself; whatever other people wrote stands in it as code, so
that it can neither command nor link.
"""

from portcall.render.budget import Fitted, fitted, fitted_error
from portcall.render.markdown import render

__all__ = ["Fitted", "fitted", "fitted_error", "render"]
