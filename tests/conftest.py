"""Options of the test run."""

from __future__ import annotations

import hypothesis
import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite", action="store_true", help="write the markers of examples and fixtures as they were found"
    )


@pytest.fixture
def rewrite(request: pytest.FixtureRequest) -> bool:
    """Shall a wrong example be rewritten instead of failing?"""
    return bool(request.config.getoption("--rewrite"))


# How long an example takes says something of the machine: speed is measured by `make bench`.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
