"""Fixtures of the integration tests."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness import Site  # noqa: E402 (the path comes first)


@pytest.fixture
def site():
    """Makes sites; whatever they started is ended with the test."""
    sites = []

    def make(*arguments, **options):
        sites.append(Site(*arguments, **options))
        return sites[-1]

    yield make
    failures = [failure for each in sites if (failure := closed(each))]
    if failures:
        raise failures[0]


def closed(site):
    try:
        site.close()
    except AssertionError as failure:
        return failure
    return None
