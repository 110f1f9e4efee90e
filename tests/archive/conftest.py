from __future__ import annotations

import pytest
from archive_cast import World, world


@pytest.fixture
def here() -> World:
    """The standing world, unlocked."""
    return world()
