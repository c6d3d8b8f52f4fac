"""A root with made-up results, one with hostile texts, and the app run on a root as a browser would ask for a page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from tests.app.dashboard_root import HOSTILE, write_root
from tests.app.page_reading import OpenPage
from utils.layout import REPOSITORY

SECONDS = 60  # generous: the machines that run the tests are shared


@pytest.fixture(scope="session", autouse=True)
def no_search_for_components() -> Iterator[None]:
    """Each AppTest looks through all installed packages for custom components, which takes longer than most pages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list, raising=False)
        yield


@pytest.fixture(scope="session")
def plain_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("plain")
    write_root(root)
    return root


@pytest.fixture(scope="session")
def hostile_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hostile")
    write_root(root, HOSTILE)
    return root


@pytest.fixture
def root(plain_files: Path, tmp_path: Path) -> Path:
    """A copy that the test may change."""
    return Path(shutil.copytree(plain_files, tmp_path / "root"))


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Run the app on a root and return its page, with the query parameters of its URL."""

    def open_(page: str, root: Path, arguments: list[str] | None = None, **query: str) -> AppTest:
        given = ["--root", str(root), "--benchmarks-dir", str(root / "benchmarks")] if arguments is None else arguments
        monkeypatch.setattr("sys.argv", ["app.py", *given])
        app = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=SECONDS)
        app._page_hash = calc_hash("" if page == "overview" else page)  # AppTest.switch_page knows files only
        app.query_params.update(query)
        return app.run()

    return open_
