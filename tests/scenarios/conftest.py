"""What the stories share: the nodes' folders, which take long to make."""

from pathlib import Path

import pytest

from tests.scenarios.house import make_nodes


@pytest.fixture(scope="session")
def prepared_nodes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the demo's nodes once; each house works on a copy."""
    folder = tmp_path_factory.mktemp("prepared")
    make_nodes(folder)
    return folder
