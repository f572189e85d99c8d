"""The sample app and what goes with it: complete, and of one piece with the running example."""

import json
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from labkit.rules.appspec import parse_appspec

RESOURCES = Path(__file__).parents[1] / "resources"
APP = RESOURCES / "hello-web"
SCRIPTS = sorted(RESOURCES.rglob("*.sh"))


def appspec():
    return parse_appspec((APP / "appspec.yml").read_bytes())


def test_the_page_is_copied_to_where_nginx_looks_for_it():
    [mapping] = appspec().files
    assert (mapping.source, mapping.destination) == ("/index.html", "/var/www")
    assert "root /var/www;" in (RESOURCES / "user-data/web-server.sh").read_text()


@pytest.mark.parametrize("event", ["ApplicationStop", "BeforeInstall", "ApplicationStart", "ValidateService"])
def test_each_hook_has_one_script_that_is_there(event):
    [script] = appspec().scripts(event)
    assert (APP / script.location).is_file()
    assert 0 < script.timeout_s <= 60


def test_every_script_of_the_app_is_used():
    hooks = ("ApplicationStop", "BeforeInstall", "ApplicationStart", "ValidateService")
    used = {APP / script.location for event in hooks for script in appspec().scripts(event)}
    assert used == set((APP / "scripts").iterdir())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
@pytest.mark.skipif(
    shutil.which("bash") is None, reason="needs bash, which would read the scripts; install it to run this"
)
def test_bash_can_read_every_script(script):
    assert script.read_bytes().startswith(b"#!/bin/bash\n")
    assert subprocess.run(["bash", "-n", script], capture_output=True, check=True).stderr == b""


class Outline(HTMLParser):
    """The elements that are open, and the text; raises AssertionError at an end that fits no beginning."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("h1", "title"):
            self.text.append(data)


def test_the_page_says_its_version_and_every_element_is_closed():
    page = (APP / "index.html").read_text(encoding="utf-8")
    outline = Outline()
    outline.feed(page)
    assert (outline.open, outline.text) == ([], ["Hello, version 1", "Hello, version 1"])
    assert page.startswith("<!DOCTYPE html>")
    assert "://" not in page, "a page of the lab takes nothing from the network"
    assert len(page) <= 4096, "longer pages are cut in the history"


@pytest.mark.parametrize("service", ["ec2", "codedeploy"])
def test_each_trust_policy_lets_its_service_take_the_role(service):
    policy = json.loads((RESOURCES / f"policies/trust-{service}.json").read_text(encoding="utf-8"))
    [statement] = policy["Statement"]
    assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sts:AssumeRole")
