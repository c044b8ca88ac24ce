"""Options of the test run."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite", action="store_true", help="write the markers of examples and fixtures as they were found"
    )


@pytest.fixture
def rewrite(request: pytest.FixtureRequest) -> bool:
    """Shall a wrong example be rewritten instead of failing?"""
    return bool(request.config.getoption("--rewrite"))
