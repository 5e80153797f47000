"""The renderer: a model becomes Markdown, the decisive fact first."""

from __future__ import annotations

from functools import singledispatch

from portcall.models import (
    Answer,
    BaseImageCheck,
    CacheContents,
    Diagnosis,
    DockerfileAnalysis,
    DockerfileInfo,
    DockerfileList,
    DockerImage,
    ErrorInfo,
    FileContent,
    FileList,
    ImageChecks,
    ImageComparison,
    ImageDetail,
    ImageList,
    LayerAnalysis,
    ManifestDetail,
    RegistryList,
    RepositoryList,
    TagList,
    UserList,
    VulnerabilityList,
)
from portcall.render.base_image import base_image_text
from portcall.render.cache import cache_text
from portcall.render.checks import checks_text
from portcall.render.comparison import comparison_text
from portcall.render.diagnosis import diagnosis_text
from portcall.render.dockerfile_analysis import analysis_text
from portcall.render.dockerfiles import dockerfile_text, dockerfiles_text
from portcall.render.error import error_text
from portcall.render.files import content_text, files_text
from portcall.render.image import image_text
from portcall.render.layers import layers_text
from portcall.render.manifest import manifest_text
from portcall.render.plugin import plugin_text
from portcall.render.prose import sentence
from portcall.render.quantity import to_the_second
from portcall.render.registries import registries_text
from portcall.render.repositories import images_text, repositories_text, repository_text, users_text
from portcall.render.tags import tags_text
from portcall.render.vulnerabilities import vulnerabilities_text


@singledispatch
def _body(answer: Answer) -> str:
    return plugin_text(answer)


_body.register(ImageDetail, image_text)
_body.register(ManifestDetail, manifest_text)
_body.register(TagList, tags_text)
_body.register(ImageChecks, checks_text)
_body.register(RegistryList, registries_text)
_body.register(ImageList, images_text)
_body.register(RepositoryList, repositories_text)
_body.register(DockerImage, repository_text)
_body.register(UserList, users_text)
_body.register(VulnerabilityList, vulnerabilities_text)
_body.register(DockerfileList, dockerfiles_text)
_body.register(DockerfileInfo, dockerfile_text)
_body.register(DockerfileAnalysis, analysis_text)
_body.register(BaseImageCheck, base_image_text)
_body.register(LayerAnalysis, layers_text)
_body.register(FileList, files_text)
_body.register(FileContent, content_text)
_body.register(ImageComparison, comparison_text)
_body.register(Diagnosis, diagnosis_text)
_body.register(CacheContents, cache_text)


def render(answer: Answer | ErrorInfo) -> str:
    """Return an answer, or an error, as compact Markdown."""
    if isinstance(answer, ErrorInfo):
        return error_text(answer)
    notes = []
    if answer.stale:
        when = f"as of {to_the_second(answer.as_of)}" if answer.as_of else "some time ago"
        notes.append(f"**Stale:** true {when}; the registry could not be asked.")
    notes += [f"**Note:** {sentence(warning, names=_names(answer))}" for warning in answer.warnings]
    # A plugin's own words may leave a fence open, which would swallow whatever follows.
    own_text = answer.own_text
    return "\n\n".join([*notes, own_text] if own_text else [_body(answer), *notes])


def _names(answer: Answer) -> tuple[str, ...]:
    """Return what a warning may quote: platforms are publishers' words, too."""
    if not isinstance(answer, ImageDetail):
        return ()
    return tuple(name for name in (answer.platform, *answer.platforms) if name)
