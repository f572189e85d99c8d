"""Lessons under test keep no progress, unless a test says where, and speak English."""

import pytest


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("LABKIT_PROGRESS", "")
    monkeypatch.setenv("LABKIT_LANGUAGE", "en")
