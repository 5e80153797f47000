"""Every prompt that portcall offers."""

from __future__ import annotations

from portcall.server.prompts.prompt import Field, PromptSpec, Step

_PLATFORM = Field(
    "platform",
    "Where it has to run: linux/arm64. Its own default, if left empty",
    kind="platform",
    phrases={"on_platform": " on {}", "with_platform": " with platform {}"},
)

PROMPTS: tuple[PromptSpec, ...] = (
    PromptSpec(
        name="choose_base_image",
        title="Choose a base image",
        description="Find the base image for a job, and the line to write into the Dockerfile, pinned.",
        fields=(
            Field("purpose", "What it shall run: a Python 3.13 web service", kind="words", required=True),
            Field("current", "The base image that is in use now", phrases={"in_place": ", in place of {}"}),
            _PLATFORM,
        ),
        needs=frozenset({"search_tags", "check_images"}),
        lead="Choose a base image for {purpose}{in_place}{on_platform}.",
        steps=(
            Step(
                "search_images",
                "`search_images` with the one or two words that name the runtime; keep at most three rows, "
                "official or of a verified publisher. Skip this if you know their names.",
            ),
            Step(
                "search_tags",
                "`search_tags` of each: `newest stable`, or `newest release`, is the version to take; once more "
                "with tag_pattern `VERSION-*` for its smaller variants (slim, alpine).",
            ),
            Step(
                "check_images",
                "`check_images` once, with all candidates as name:tag{with_platform}: drop what does not exist "
                "there.",
            ),
            Step(
                "get_image_details",
                "`get_image_details` of the best two{with_platform}: size, user, created; `pinned` is what to "
                "write.",
            ),
            Step(
                "get_vulnerabilities",
                "`get_vulnerabilities` of both with severity high. `unsupported` means that nobody scanned.",
            ),
        ),
        answer=(
            "Answer with one line `FROM name:tag@digest`; why this one, in size, user, age and what it brings; "
            "the runner-up and when to prefer it; what was not checked."
        ),
    ),
    PromptSpec(
        name="audit_image",
        title="Audit an image",
        description="Tell whether an image is fit for production, and what to change if it is not.",
        fields=(Field("image", "The image: nginx:1.27, ghcr.io/org/app@sha256:…", required=True), _PLATFORM),
        needs=frozenset({"get_image_details"}),
        lead="Audit the image {image}{on_platform} for use in production.",
        steps=(
            Step(
                "get_image_details",
                "`get_image_details` of {image}{with_platform}: user (root?), created, ports, secrets in env "
                "or build steps, source in the labels. Ask all else about its `pinned` reference.",
            ),
            Step("check_base_image", "`check_base_image`{with_platform}: whether its base has moved on since."),
            Step(
                "get_vulnerabilities",
                "`get_vulnerabilities`{with_platform} with severity high: what, and in which version it is "
                "fixed. `unsupported`, or nothing known, means not scanned, never clean.",
            ),
            Step(
                "analyze_dockerfile",
                "`analyze_dockerfile` with it as image_name: errors and warnings. Of one that was rebuilt from "
                "history, the findings are about a reconstruction.",
            ),
        ),
        answer=(
            "Answer with the verdict in one line (use it, fix it first, or replace it) and the pinned "
            "reference; then the findings, the worst first, each with its evidence and the change to make; "
            "then what was not checked."
        ),
    ),
    PromptSpec(
        name="shrink_image",
        title="Make an image smaller",
        description="Find what makes an image large, and the lines of its Dockerfile to change.",
        fields=(Field("image", "The image: ghcr.io/org/app:1.4", required=True), _PLATFORM),
        needs=frozenset({"analyze_layers"}),
        lead="Find out how to make the image {image}{on_platform} smaller.",
        steps=(
            Step(
                "analyze_layers",
                "`analyze_layers` of {image}{with_platform} with deep=true, which downloads it: `reclaimable`, "
                "what was left behind, the largest files and layers with their steps. If it is too_large: "
                "without deep.",
            ),
            Step(
                "get_dockerfile",
                "`get_dockerfile` of {image}{with_platform}: the lines behind those steps. A reconstruction "
                "shows the steps, not the file.",
            ),
            Step("check_base_image", "`check_base_image` of {image}{with_platform}: which base it has."),
            Step(
                "search_tags",
                "`search_tags` of that base with tag_pattern `*slim*`, or `*alpine*` where another libc will "
                "do: variants of the same version, and their sizes where they are told.",
            ),
        ),
        answer=(
            "Answer with the changes, the one that saves most first: layer and step, the new lines, the bytes "
            "it saves, told or estimated; then the size now and after; then what to test again."
        ),
    ),
    PromptSpec(
        name="plan_upgrade",
        title="Plan an upgrade",
        description="Find the version of an image to go to, what changes on the way, and the way back.",
        fields=(
            Field(
                "image",
                "The image with the tag in use: postgres:16.2",
                required=True,
                phrases={
                    "find_version": "If the tag in use is no full version (latest, 16), `search_tags` of {}: "
                    "`full version`."
                },
                tagless={
                    "find_version": "No tag was named: it is latest. `search_tags` of {}: `full version`, the one "
                    "in use."
                },
            ),
            Field(
                "target",
                "The tag to go to; the newest stable one, if left empty",
                kind="tag",
                phrases={"to_target": " to {}"},
                left_blank={
                    "find_target": "`search_tags` of the name alone: go to `newest stable`, in the same variant "
                    "(-alpine stays -alpine). "
                },
            ),
            _PLATFORM,
        ),
        needs=frozenset({"search_tags", "compare_images"}),
        lead="Plan the upgrade of {image}{to_target}{on_platform}.",
        steps=(
            Step(
                "search_tags",
                "{find_target}{find_version}",
            ),
            Step(
                "compare_images",
                "`compare_images` of {image} and the new one{with_platform}: entrypoint, user, ports, env, "
                "volumes, platforms, size.",
            ),
            Step(
                "get_repository",
                "If the major version changes: `get_repository` with readme=true, for what its publisher says "
                "of upgrades.",
            ),
            Step(
                "get_vulnerabilities",
                "`get_vulnerabilities` of both with severity high: what the upgrade fixes.",
            ),
        ),
        answer=(
            "Answer with from and to, both as `name:tag@digest`; each change that matters to whoever runs it, "
            "and what to do about it; the steps in order, each with its check; the way back, by the old "
            "digest."
        ),
    ),
)
