"""What a plugin does wrong costs that plugin, and is told with distribution, version and reason."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys

import pytest
from tests.core.plugins.conftest import BUILT_IN, Site, backend_module, loaded, report_on, settings_of

from portcall import Portcall
from portcall.loader import load_plugins

HEAD = """
from portcall.plugin import BackendRegistration, RegistryBackend, hookimpl
"""
FAULTS = {
    "import fails": ("import stranger_that_is_not_there", "ModuleNotFoundError: No module named"),
    "import raises": ("1 / 0", "ZeroDivisionError: division by zero"),
    "syntax error": ("def", r"SyntaxError: invalid syntax"),
    "import leaves": ("raise SystemExit(3)", "SystemExit: 3"),
    "error without a text": ("raise ValueError", "ValueError"),
    "error that cannot be told": (
        "class Mute(Exception):\n    def __str__(self):\n        raise RuntimeError\nraise Mute",
        "Mute",
    ),
    "no hook at all": ("x = 1", "TypeError: implements no hook of portcall; is @hookimpl missing?"),
    "hook without its mark": (
        f"{HEAD}def portcall_backends(settings): ...",
        "TypeError: implements no hook of portcall; is @hookimpl missing?",
    ),
    "unknown hook": (
        f"{HEAD}@hookimpl\ndef portcall_paint(settings): ...\n@hookimpl\ndef portcall_backends(): return ()",
        "TypeError: implements portcall_paint, which this version of portcall does not have",
    ),
    "unknown hook by another name": (
        f"{HEAD}@hookimpl(specname='portcall_paint')\ndef paint(settings): ...",
        "TypeError: implements portcall_paint, which this version of portcall does not have",
    ),
    "a name that the face no longer has": (
        f"{HEAD}from portcall.plugin import OldBackend\n",
        "ImportError: cannot import name 'OldBackend' from 'portcall.plugin'",
    ),
    "a hook's argument that is no longer given": (
        f"{HEAD}@hookimpl\ndef portcall_credentials(registry, repository, tenant): ...",
        "PluginValidationError: .*Argument.*tenant.*",
    ),
    "wrong signature": (
        f"{HEAD}@hookimpl\ndef portcall_backends(config): return ()",
        "PluginValidationError: .*Argument.*config.*",
    ),
    "hook raises": (
        f"{HEAD}@hookimpl\ndef portcall_backends(): raise OSError('disk gone')",
        "OSError: disk gone",
    ),
    "generator raises late": (
        (
            f"{HEAD}@hookimpl\ndef portcall_backends():\n"
            "    yield BackendRegistration('acme', RegistryBackend, ('acme.example',))\n    raise OSError('late')"
        ),
        "OSError: late",
    ),
    "asynchronous hook": (
        f"{HEAD}@hookimpl\nasync def portcall_backends(): return ()",
        "TypeError: a hook that is asked at the start is asynchronous; it has to be a plain function",
    ),
    "no registration": (
        f"{HEAD}@hookimpl\ndef portcall_backends(): yield 'acme'",
        "TypeError: offers a str where a BackendRegistration is due",
    ),
    "a registration instead of several": (
        f"{HEAD}@hookimpl\ndef portcall_backends(): return BackendRegistration('acme', RegistryBackend)",
        "TypeError: 'BackendRegistration' object is not iterable",
    ),
    "a name that is none": (
        f"{HEAD}@hookimpl\ndef portcall_backends(): yield BackendRegistration('', RegistryBackend)",
        "TypeError: offers a backend without a name",
    ),
    "a factory that is none": (
        f"{HEAD}@hookimpl\ndef portcall_backends(): yield BackendRegistration('acme', 'Backend')",
        "TypeError: the factory of its backend 'acme' cannot be called",
    ),
    "prefixes in one text": (
        f"{HEAD}@hookimpl\ndef portcall_backends(): yield BackendRegistration('a', RegistryBackend, 'ghcr.io')",
        "TypeError: the prefixes of its backend 'a' are one text where a tuple is due",
    ),
    "an invalid prefix": (
        f"{HEAD}@hookimpl\ndef portcall_backends(): yield BackendRegistration('a', RegistryBackend, ('acme',))",
        "ValueError: 'acme' is no registry prefix: the prefix does not begin with a host.*",
    ),
    "one name twice": (
        f"{HEAD}@hookimpl\ndef portcall_backends(): return 2 * [BackendRegistration('acme', RegistryBackend)]",
        "ValueError: offers the backend acme twice",
    ),
    "one prefix twice": (
        (
            f"{HEAD}@hookimpl\ndef portcall_backends():\n"
            "    for name in 'ab': yield BackendRegistration(name, RegistryBackend, ('acme.example',))"
        ),
        "ValueError: offers the prefix acme.example twice",
    ),
}


@pytest.mark.parametrize(("source", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_fault_costs_its_plugin_alone(site: Site, source: str, reason: str):
    site.add("portcall-faulty", source)
    site.add("portcall-good", backend_module("good", "good.example"))
    found = loaded()
    states = {report.source.qualified: report.state for report in found.reports}
    assert states == dict.fromkeys((*BUILT_IN, "portcall-good:main"), "loaded") | {
        "portcall-faulty:main": "failed"
    }
    assert {offer.source.distribution for offer in found.offers} == {"portcall", "portcall-good"}


@pytest.mark.parametrize(("source", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_with_distribution_version_and_reason(site: Site, source: str, reason: str):
    site.add("portcall-faulty", source, version="0.9")
    (failure,) = loaded().failures
    assert (failure.plugin, failure.version) == ("portcall-faulty:main", "0.9")

    assert re.match(reason, failure.reason)
    assert "\n" not in failure.reason
    assert len(failure.reason) < 400


def test_ctrl_c_during_an_import_is_the_persons_word(site: Site):
    site.add("portcall-slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_plugins(settings_of())


def test_a_missing_module_is_told(site: Site):
    site.add("portcall-faulty")
    (failure,) = loaded().failures
    assert failure.reason == "ModuleNotFoundError: No module named 'stranger_portcall_faulty'"


def test_a_class_is_made_an_object(site: Site):
    source = """
        from portcall.plugin import BackendRegistration, RegistryBackend, hookimpl

        class Plugin:
            @hookimpl
            def portcall_backends(self):
                yield BackendRegistration("acme", RegistryBackend)
    """
    points = "[portcall.plugins]\nmain = stranger_acme:Plugin\n"
    site.add("portcall-acme", source, module="stranger_acme", entry_points=points)
    assert report_on(loaded(), "portcall-acme:main").backends == ("acme",)


def test_a_hook_of_a_later_version_may_be_marked_optional(site: Site):
    source = f"{HEAD}@hookimpl(optionalhook=True)\ndef portcall_paint(colour): ...\n"
    site.add("portcall-acme", source + "@hookimpl\ndef portcall_backends(): return ()\n")
    report = report_on(loaded(), "portcall-acme:main")
    assert (report.state, report.hooks) == ("loaded", ("portcall_backends",))


def test_a_plugin_may_offer_nothing(site: Site):
    site.add("portcall-idle", f"{HEAD}@hookimpl\ndef portcall_backends(): return None")
    assert report_on(loaded(), "portcall-idle:main").state == "loaded"


def test_a_wrapper_sees_its_own_plugin_alone(site: Site):
    source = f"{HEAD}@hookimpl(wrapper=True)\ndef portcall_backends():\n    yield\n    return ['not', 'ours']\n"
    site.add("portcall-wrap", source)
    found = loaded()
    assert report_on(found, "portcall-wrap:main").state == "failed"
    assert {offer.registration.name for offer in found.offers} == {"dockerhub", "ghcr", "oci", "quay"}


def test_the_hook_is_given_the_configuration(site: Site):
    source = f"""{HEAD}
@hookimpl
def portcall_backends(settings):
    yield BackendRegistration(settings.default_platform.replace("/", "-"), RegistryBackend)
"""
    site.add("portcall-acme", source)
    assert report_on(loaded(), "portcall-acme:main").backends == ("linux-amd64",)


def test_what_a_plugin_prints_stays_out_of_stdout(site: Site, capfd: pytest.CaptureFixture[str]):
    site.add(
        "portcall-chatty",
        f"print('hello')\n{HEAD}@hookimpl\ndef portcall_backends():\n    print('again')\n    return ()",
    )
    loaded()
    said = capfd.readouterr()
    assert (said.out, said.err.count("hello"), said.err.count("again")) == ("", 1, 2)


# What is said of it


def test_third_parties_are_named_in_the_log_at_the_start(site: Site, caplog: pytest.LogCaptureFixture):
    site.add("portcall-acme", backend_module(), version="4.5")
    with caplog.at_level(logging.INFO, logger="portcall.plugins"):
        load_plugins(settings_of())
    (record,) = [record for record in caplog.records if record.levelno == logging.INFO]
    told = record.getMessage() + repr(vars(record))
    assert "plugin_loaded" in told
    assert "portcall-acme:main" in told
    assert "4.5" in told


def test_built_in_plugins_are_not_worth_a_line(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, logger="portcall.plugins"):
        load_plugins(settings_of())
    assert caplog.records == []


def test_a_failure_is_in_the_log_with_its_traceback(site: Site, caplog: pytest.LogCaptureFixture):
    site.add("portcall-faulty", "1 / 0")
    with caplog.at_level(logging.DEBUG, logger="portcall.plugins"):
        load_plugins(settings_of())
    warning, details = (one for one in caplog.records if "portcall-faulty:main" in repr(vars(one)))
    assert (warning.levelname, details.levelname) == ("WARNING", "DEBUG")
    assert "ZeroDivisionError" in repr(vars(warning))
    assert details.exc_info


@pytest.mark.anyio
async def test_list_registries_tells_what_failed(site: Site):
    site.add("portcall-faulty", "1 / 0", version="0.9")
    async with Portcall(settings_of()) as pc:
        (failure,) = (await pc.list_registries()).failed
    assert failure.model_dump() == {
        "plugin": "portcall-faulty:main",
        "version": "0.9",
        "reason": "ZeroDivisionError: division by zero",
    }


def test_portcall_plugins_tells_every_plugin_as_json(site: Site):
    site.add("portcall-faulty", "1 / 0", version="0.9")
    site.add(
        "portcall-good",
        f"print('noise')\n{HEAD}@hookimpl\ndef portcall_backends():\n"
        "    yield BackendRegistration('good', RegistryBackend)\n",
    )
    program = f"import sys; sys.path.insert(0, {str(site.folder)!r}); from portcall.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", program, "plugins", "--json"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    rows = {row["plugin"]: row for row in json.loads(ran.stdout)["plugins"]}
    assert set(rows) == {*BUILT_IN, "portcall-faulty:main", "portcall-good:main"}
    assert rows["portcall-faulty:main"] == {
        "plugin": "portcall-faulty:main",
        "version": "0.9",
        "state": "failed",
        "hooks": [],
        "backends": [],
        "tools": [],
        "problems": ["ZeroDivisionError: division by zero"],
        "notes": [],
    }
    assert rows["portcall-good:main"]["backends"] == ["good"]
