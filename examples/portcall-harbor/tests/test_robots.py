"""Robots and users: what their secrets open, and what is said of wrong ones."""

from __future__ import annotations

import pytest
from portcall import Portcall
from portcall.errors import HiddenError, UnauthorizedError

from harbor_double import EVERYTHING, Account, HarborDouble, Project
from wiring import AMD64, HOST, backend, gateway

pytestmark = pytest.mark.anyio

ROBOT = Account("robot$secret+portcall", "S3cret$with+odd:signs", {"secret": EVERYTHING})
SYSTEM = Account("robot$portcall", "s3cret", {"secret": EVERYTHING})
ADA = Account("ada", "Correct-horse-1", {"secret": EVERYTHING})
NAME = f"{HOST}/secret/plans"


def harbor_with_secrets(*others: Account, old: bool = False) -> HarborDouble:
    """Return a Harbor with a private project beside a public one."""
    projects = [Project("library"), Project("secret", public=False)]
    harbor = HarborDouble(projects, accounts=[ROBOT, SYSTEM, ADA, *others], old=old)
    harbor.push("secret/plans", AMD64, tags=["1.0"])
    harbor.push("library/nginx", AMD64, tags=["1.27"])
    return harbor


@pytest.mark.parametrize("account", [ROBOT, SYSTEM, ADA], ids=["project's robot", "system's robot", "user"])
@pytest.mark.parametrize("old", [False, True], ids=["today's", "older"])
async def test_a_secret_opens_api_and_registry_alike(account: Account, old: bool):
    async with gateway(harbor_with_secrets(old=old), account) as pc:
        page = await pc.search_tags(NAME)
        detail = await pc.get_image_details(f"{NAME}:1.0")
        listed = await pc.list_repositories("secret", HOST)
        everything = await pc.list_repositories("", HOST)
    assert (page.tags[0].digest, page.warnings) == (detail.digest, ())
    assert [image.name for image in listed.repositories] == [NAME]
    assert [image.name for image in everything.repositories] == [f"{HOST}/library/nginx", NAME]
    assert (listed.warnings, everything.warnings) == ((), ())


@pytest.mark.parametrize("old", [False, True], ids=["today's", "older"])
async def test_a_wrong_secret_is_unauthorized_and_named_by_its_source(old: bool):
    wrong = Account(ROBOT.name, "not-the-secret")
    async with gateway(harbor_with_secrets(old=old), wrong) as pc:
        questions = (
            lambda: pc.search_tags(NAME),
            lambda: pc.get_image_details(f"{NAME}:1.0"),
            lambda: pc.get_manifest(f"{NAME}@{AMD64.digest}"),
            lambda: pc.get_repository(NAME),
            lambda: pc.list_repositories("secret", HOST),
        )
        for question in questions:
            with pytest.raises(UnauthorizedError, match="refused the credentials from the conf") as refused:
                await question()
            assert wrong.secret not in f"{refused.value} {refused.value.hint}"


@pytest.mark.parametrize("question", ["search_tags", "get_image_details", "get_repository", "get_manifest"])
@pytest.mark.parametrize("old", [False, True], ids=["today's", "older"])
async def test_a_right_secret_for_another_project_is_not_called_wrong(question: str, old: bool):
    stranger = Account("robot$library+ci", "s3cret", {"library": EVERYTHING})
    async with gateway(harbor_with_secrets(stranger, old=old), stranger) as pc:
        with pytest.raises(HiddenError, match="or no access to it is granted"):
            await getattr(pc, question)(NAME)


async def test_a_list_that_harbor_shortens_for_wrong_secrets_says_so():
    wrong = Account(ROBOT.name, "not-the-secret")

    async def told(pc: Portcall) -> list[tuple[list[str], tuple[str, ...]]]:
        found, listed = await pc.search_images("s", HOST), await pc.list_repositories("", HOST)
        return [([each.name for each in page.rows], page.warnings) for page in (found, listed)]

    async with gateway(harbor_with_secrets(), wrong) as pc:
        answers = await told(pc)
    async with backend(harbor_with_secrets(), wrong) as asked:
        projects = await asked.projects()
    for names, warnings in answers:
        assert NAME not in names
        assert any("only what is public is told" in warning for warning in warnings)
    assert [project.name for project in projects.projects] == ["library"]
    assert any("only what is public is told" in warning for warning in projects.warnings)


async def test_what_is_public_is_read_without_any_secret():
    harbor = harbor_with_secrets()
    async with gateway(harbor) as pc:
        page = await pc.search_tags(f"{HOST}/library/nginx")
        detail = await pc.get_image_details(f"{HOST}/library/nginx:1.27")
    assert page.tags[0].digest == detail.digest
    assert not any("authorization" in asked.headers for asked in harbor.asked_of_api())


async def test_secrets_turn_up_in_no_answer():
    async with gateway(harbor_with_secrets(), ROBOT) as pc:
        told = [await pc.list_registries(HOST), await pc.search_tags(NAME), await pc.get_repository(NAME)]
    assert not any(ROBOT.secret in repr(answer) for answer in told)
