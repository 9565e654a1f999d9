from pathlib import Path

import pytest

from exchange.errors import InvalidError
from exchange.settings import Settings


def test_defaults_serve_a_laptop() -> None:
    settings = Settings.from_environment({})
    assert (settings.host, settings.port, settings.demo) == ("127.0.0.1", 8000, False)
    assert settings.database_url == f"sqlite:///{Path('var/exchange').absolute()}/exchange.db"


def test_all_wrong_settings_are_named_at_once() -> None:
    wrong = {
        "FDX_CLOCK": "noon",
        "FDX_PORT": "0",
        "FDX_ORIGIN": "host:80",
        "FDX_DEMO": "yes",
        "FDX_HTTPS": "on",
    }
    with pytest.raises(InvalidError) as refusal:
        Settings.from_environment(wrong)
    assert set(refusal.value.fields) == set(wrong)
    assert refusal.value.code == "settings.wrong"
