"""Drawings of answers, for a terminal. Other people's words are drawn as text, never as markup."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from portcall.cli.drawings.base_image import base_image_drawing
from portcall.cli.drawings.cache import cache_drawing
from portcall.cli.drawings.checks import checks_drawing
from portcall.cli.drawings.comparison import comparison_drawing
from portcall.cli.drawings.diagnosis import diagnosis_drawing
from portcall.cli.drawings.dockerfiles import analysis_drawing, dockerfile_drawing
from portcall.cli.drawings.files import files_drawing
from portcall.cli.drawings.image import image_drawing
from portcall.cli.drawings.images import images_drawing
from portcall.cli.drawings.layers import layers_drawing
from portcall.cli.drawings.notes import notes
from portcall.cli.drawings.plugins import plugins_drawing
from portcall.cli.drawings.registries import registries_drawing
from portcall.cli.drawings.tags import tags_drawing
from portcall.models import (
    Answer,
    BaseImageCheck,
    CacheContents,
    Diagnosis,
    DockerfileAnalysis,
    DockerfileInfo,
    FileList,
    ImageChecks,
    ImageComparison,
    ImageDetail,
    ImageList,
    LayerAnalysis,
    RegistryList,
    TagList,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["drawn", "is_copied", "notes", "plugins_drawing"]


@singledispatch
def drawn(answer: Answer) -> RenderableType:
    """Return an answer drawn for a terminal."""
    raise TypeError(f"no drawing for {type(answer).__name__}")


def is_copied(answer: Answer) -> bool:
    """Tell whether people copy an answer off the screen into a file: its lines are left as they are."""
    return isinstance(answer, DockerfileInfo)


drawn.register(BaseImageCheck, base_image_drawing)
drawn.register(CacheContents, cache_drawing)
drawn.register(Diagnosis, diagnosis_drawing)
drawn.register(DockerfileAnalysis, analysis_drawing)
drawn.register(DockerfileInfo, dockerfile_drawing)
drawn.register(FileList, files_drawing)
drawn.register(ImageChecks, checks_drawing)
drawn.register(ImageComparison, comparison_drawing)
drawn.register(ImageDetail, image_drawing)
drawn.register(ImageList, images_drawing)
drawn.register(LayerAnalysis, layers_drawing)
drawn.register(RegistryList, registries_drawing)
drawn.register(TagList, tags_drawing)
