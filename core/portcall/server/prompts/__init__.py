"""Prompts: jobs that people give by name, each written so that the fewest calls do it.

A `prompt` is a lead, steps that each need one tool, and what the answer has to hold; the `catalogue` has them.
A step whose tool is not offered is left out, a prompt without its essential tools is not listed. What people fill
in is read as what it has to be before it is put into the text, and stands there as a code span.
"""

from __future__ import annotations

from portcall.server.prompts.catalogue import PROMPTS
from portcall.server.prompts.prompt import Field, PromptSpec, Step

__all__ = ["PROMPTS", "Field", "PromptSpec", "Step"]
