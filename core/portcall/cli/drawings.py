"""Drawings of answers, for a terminal. Other people's words are drawn as text, never as markup."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from portcall.models import (
    Answer,
    CacheContents,
    Diagnosis,
    ImageCheck,
    ImageChecks,
    ImageDetail,
    ImageList,
    RegistryList,
    Tag,
    TagList,
)
from portcall.render.build_step import build_step
from portcall.render.quantity import counted, short_digest, size
from portcall.render.registries import allowance
from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from portcall.loader import LoadedPlugins

_BAR = 12


@singledispatch
def drawn(answer: Answer) -> RenderableType:
    """Return an answer drawn for a terminal."""
    raise TypeError(f"no drawing for {type(answer).__name__}")


@drawn.register
def _tags(page: TagList) -> RenderableType:
    """Draw a page of tags: in columns where only names are known, as a table otherwise."""
    head = Text.assemble((page.name, "bold"), f"  {counted(page.total or 0, 'tag')}")
    if page.newest_stable:
        head.append("   newest stable ")
        head.append(page.newest_stable, "bold green")
    if page.digest:
        head.append(f"   of {page.digest}", "dim")
    body = _tag_table(page) if any(tag.last_updated or tag.size for tag in page.tags) else _tag_columns(page)
    more = Text(f"more: --cursor {page.next_cursor}", "dim") if page.next_cursor else Text("")
    return Group(head, "", body, more)


def _tag_columns(page: TagList) -> RenderableType:
    from rich.columns import Columns

    return Columns([_tag_name(tag, page) for tag in page.tags], padding=(0, 3), equal=True, column_first=True)


def _tag_table(page: TagList) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("TAG", "DIGEST", "UPDATED", "SIZE", "PLATFORMS"):
        table.add_column(title, justify="right" if title == "SIZE" else "left")
    for tag in page.tags:
        table.add_row(
            _tag_name(tag, page),
            short_digest(tag.digest) if tag.digest else "",
            (tag.last_updated or "")[:10],
            size(tag.size) if tag.size is not None else "",
            ", ".join(tag.platforms),
        )
    return table


def _tag_name(tag: Tag, page: TagList) -> Text:
    return Text(tag.name, "bold green" if tag.name == page.newest_stable else "")


@drawn.register
def _image(detail: ImageDetail) -> RenderableType:
    """Draw an image: what it is, how it runs, and its layers with bars for their sizes."""
    title = Text.assemble((f"{detail.name}{':' + detail.tag if detail.tag else ''}", "bold"))
    title.append(f"  {plain_line(detail.platform or detail.artifact_type or '', 80)}", "cyan")
    parts: list[RenderableType] = [title, "", _facts(detail)]
    if detail.layers:
        parts += ["", Text(f"{counted(len(detail.layers), 'layer')}, {size(detail.total_size)} compressed", "dim")]
        parts.append(_layers(detail))
    if detail.labels:
        parts += ["", Text("labels", "dim"), _pairs(detail.labels)]
    return Group(*parts)


def _facts(detail: ImageDetail) -> Table:
    rows = {
        "pinned": detail.reference,
        "manifest": detail.platform_digest if detail.platform_digest != detail.digest else "",
        "created": detail.created or "",
        "platforms": ", ".join(detail.platforms),
        "entrypoint": " ".join(detail.entrypoint or ()),
        "cmd": " ".join(detail.cmd or ()),
        "user": detail.user or ("root (none set)" if detail.architecture else ""),
        "workdir": detail.workdir or "",
        "ports": ", ".join(detail.exposed_ports),
        "volumes": ", ".join(detail.volumes),
        "health": " ".join(detail.healthcheck.test) if detail.healthcheck else "",
        "page": detail.web_url or "",
    }
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in rows.items():
        if value:
            table.add_row(name, Text(plain_line(value, 400)))
    return table


def _layers(detail: ImageDetail) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(justify="right", no_wrap=True, min_width=8)
    table.add_column(no_wrap=True, style="cyan", min_width=_BAR)
    table.add_column(no_wrap=True, style="dim", min_width=12)
    table.add_column(no_wrap=True, overflow="ellipsis")
    largest = max((layer.size for layer in detail.layers), default=0) or 1
    for layer in detail.layers:
        bar = "█" * max(1 if layer.size else 0, round(_BAR * layer.size / largest))
        step = Text(build_step(layer.command))
        table.add_row(size(layer.size), f"{bar:<{_BAR}}", short_digest(layer.digest)[7:], step)
    return table


def _pairs(pairs: dict[str, str]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs.items():
        table.add_row(Text(plain_line(name, 120)), Text(plain_line(value, 300)))
    return table


@drawn.register
def _checks(answer: ImageChecks) -> RenderableType:
    """Draw the verdicts: a mark, the image, and its digest or what is wrong."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(style="dim", justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for check in answer.checks:
        table.add_row(_mark(check), str(check.line or ""), Text(plain_line(check.image)), _verdict(check))
    summary = Text(f"{answer.ok} fine, {answer.failed} failed", "green" if not answer.failed else "red")
    return Group(table, "", summary)


def _mark(check: ImageCheck) -> Text:
    if check.exists is None:
        return Text("?", "bold yellow")
    good = check.exists and check.platform_available is not False and check.error is None
    return Text("✓", "bold green") if good else Text("✗", "bold red")


def _verdict(check: ImageCheck) -> Text:
    if check.error is not None:
        text = Text(f"{plain_line(check.error.message)}. {plain_line(check.error.hint)}")
        if check.error.candidates:
            text.append(f"  {', '.join(plain_line(name, 128) for name in check.error.candidates)}", "yellow")
        return text
    text = Text(short_digest(check.digest or ""), "dim")
    if check.platforms:
        style = "red" if check.platform_available is False else ""
        text.append(f"  {', '.join(plain_line(platform, 60) for platform in check.platforms)}", style)
    if check.newer:
        text.append(f"  newer: {check.newer}", "yellow")
    return text


@drawn.register
def _images(answer: ImageList) -> RenderableType:
    """Draw what was found, and how each registry fared."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("IMAGE", "PULLS", "STARS", "UPDATED", "DESCRIPTION"):
        table.add_column(title, justify="right" if title in {"PULLS", "STARS"} else "left", overflow="fold")
    for image in answer.images:
        name = Text(image.name, "bold green" if image.is_official or image.is_verified else "bold")
        table.add_row(
            name,
            f"{image.pulls:,}" if image.pulls is not None else "",
            f"{image.stars:,}" if image.stars is not None else "",
            (image.last_updated or "")[:10],
            Text(plain_line(image.description or "", 120), "dim"),
        )
    fared = [
        Text(f"{source.registry}: {plain_line(source.error or 'searched')}", "red" if source.error else "dim")
        for source in answer.sources
    ]
    more = Text(f"more: --cursor {answer.next_cursor}", "dim") if answer.next_cursor else Text("")
    return Group(table, *fared, more)


@drawn.register
def _registries(answer: RegistryList) -> RenderableType:
    """Draw what each prefix routes to."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("PREFIX", "BACKEND", "ENDPOINT", "CREDENTIALS", "STATE"):
        table.add_column(title, overflow="fold")
    for info in answer.registries:
        state = Text("configured" if info.configured else "", "dim")
        if info.problem:
            state = Text(plain_line(info.problem), "red")
        elif info.reachable:
            state = Text(f"answers in {info.latency or 0:.3f} s", "green")
            if info.rate_limit:
                state.append(f"\n{allowance(info.rate_limit)}", "dim")
        table.add_row(info.prefix, info.backend, info.endpoint or "", info.credentials, state)
    rest = Text(f"every other registry: backend {answer.fallback}", "dim")
    failed = [Text(f"{item.plugin}: {plain_line(item.reason)}", "red") for item in answer.failed]
    return Group(table, "", rest, *failed)


def plugins_drawing(loaded: LoadedPlugins) -> RenderableType:
    """Draw every plugin that was found."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("PLUGIN", "VERSION", "STATE", "BACKENDS", "TOOLS", "PROBLEM"):
        table.add_column(title, overflow="fold")
    colours = {"loaded": "green", "disabled": "dim", "failed": "red"}
    for report in loaded.reports:
        table.add_row(
            report.source.qualified,
            report.source.version,
            Text(report.state, colours[report.state]),
            ", ".join(report.backends),
            ", ".join(report.tools),
            Text("\n").join(
                [Text(plain_line(told, 400), "red") for told in report.problems]
                + [Text(plain_line(told, 400), "yellow") for told in report.notes]
            ),
        )
    return table


@drawn.register
def _diagnosis(answer: Diagnosis) -> RenderableType:
    """Draw what the doctor found, area by area, the next step below what is wrong."""
    marks = {"good": ("✔", "green"), "note": ("!", "yellow"), "problem": ("✘", "bold red")}
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(style="bold", overflow="fold", ratio=1)
    table.add_column(overflow="fold", ratio=2)
    area = ""
    for finding in answer.findings:
        if finding.area != area:
            area = finding.area
            table.add_row("", Text(area.capitalize(), "dim"), "")
        told = Text(plain_line(finding.message, 400), "red" if finding.state == "problem" else "")
        if finding.hint:
            told.append(f"\n→ {plain_line(finding.hint, 400)}", "cyan")
        table.add_row(Text(*marks[finding.state]), plain_line(finding.subject, 200), told)
    return table


@drawn.register
def _cache(answer: CacheContents) -> RenderableType:
    """Draw what each tier of the cache holds."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("TIER", "WHERE", "ANSWERS", "SIZE"):
        table.add_column(title, overflow="fold", justify="right" if title in {"ANSWERS", "SIZE"} else "left")
    for tier in answer.tiers:
        if tier.problem:
            table.add_row(tier.name, tier.where, "", Text(plain_line(tier.problem, 200), "red"))
        else:
            table.add_row(tier.name, tier.where, f"{tier.entries or 0:,}", size(tier.bytes or 0))
    return table
