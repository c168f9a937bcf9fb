"""What the stories of survival share."""

from collections.abc import Iterator

import pytest

from tests.survival.installation import Installation, installation


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """`muster up` on SQLite with its own Redis, for all stories of one file; it ends as it should."""
    with installation(tmp_path_factory.mktemp("survival")) as made:
        made.up()
        yield made
        made.ends_cleanly()
