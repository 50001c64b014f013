"""Fixtures of the tests with real clients, for all files of this folder."""

import os
import shutil
import sys
from pathlib import Path

import pytest

# Nothing of the person who runs the tests may reach the clients.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

sys.path.insert(0, str(Path(__file__).resolve().parent))

import harness


def pytest_configure(config):
    config.addinivalue_line("markers", "last: runs after all other tests")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


def pytest_sessionstart():
    if not shutil.which(harness.KMSPREP):
        pytest.exit(f"there is no program {harness.KMSPREP}: build it, or name it in KMSPREP", returncode=2)


@pytest.fixture
def serve():
    """A factory: `serve(*args)` starts `kmsprep serve ARGS` on a free port. All servers end with the test."""
    yield from _servers()


@pytest.fixture(scope="module")
def serve_once():
    """The same for servers that a whole module shares."""
    yield from _servers()


def _servers():
    servers = []

    def start(*args):
        servers.append(harness.Server(*args))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def server(serve):
    """An empty account with the user Admin, on 2026-01-15."""
    return serve("--start", "2026-01-15")


@pytest.fixture
def kms(server):
    """A client of KMS for the user Admin."""
    return server.client("kms")
