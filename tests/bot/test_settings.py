"""Settings that are missing or wrong stop the start with one line that helps."""

import base64
from pathlib import Path
from typing import Any

import pytest

from bot.policy import load_policy
from config.settings import SettingsError, examine_settings, load_settings

KEY = base64.b64encode(bytes(32)).decode()
GOOD: dict[str, Any] = {
    "_env_file": None,
    "secret_key": "s",
    "field_keys": KEY,
    "hash_key": KEY,
    "audit_key": KEY,
    "wecom_corp_id": "ww1",
    "wecom_agent_id": 1000002,
    "wecom_secret": "s",
    "wecom_token": "t",
    "wecom_encoding_aes_key": "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA",
}


@pytest.mark.parametrize("name", [name for name in GOOD if name != "_env_file"])
def test_a_missing_setting_is_named_with_the_place_to_find_it(name: str) -> None:
    values = {key: value for key, value in GOOD.items() if key != name}

    with pytest.raises(SettingsError) as refused:
        load_settings(**values)

    line = str(refused.value)
    assert f"缺少设置 MUSTER_{name.upper()}。" in line
    assert "在这里找：" in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wecom_encoding_aes_key", "short"),
        ("wecom_encoding_aes_key", "*" * 43),
        ("bind", "8000"),
        ("public_url", "muster.example.com"),
        ("mode", "test"),
        ("wecom_agent_id", "abc"),
        ("field_keys", f"{KEY},short"),
        ("hash_key", "*" * 44),
        ("audit_key", base64.b64encode(b"short").decode()),
        ("official_mode", "open"),
    ],
)
def test_a_malformed_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"MUSTER_{name.upper()} 不对"):
        load_settings(**{**GOOD, name: value})


def test_secrets_never_show_in_the_error_or_the_settings() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(**{**GOOD, "wecom_encoding_aes_key": "my-secret-key"})
    assert "my-secret-key" not in str(refused.value)
    assert "AQIDBAUG" not in repr(load_settings(**GOOD))


def test_everything_that_is_wrong_is_found_at_once() -> None:
    given = {**GOOD, "bind": "8000", "wecom_encoding_aes_key": "short", "wecom_secret": "", "secret_key": ""}

    settings, problems = examine_settings(**given)

    names = {"bind", "wecom_encoding_aes_key", "wecom_secret", "secret_key"}
    assert {problem.name for problem in problems} == names
    assert all(f"MUSTER_{problem.name.upper()}" in problem.line for problem in problems)
    assert settings.bind == "127.0.0.1:8000"
    assert settings.wecom_corp_id == "ww1"


def test_half_a_service_account_is_refused() -> None:
    with pytest.raises(SettingsError, match="MUSTER_OFFICIAL_SECRET"):
        load_settings(**{**GOOD, "official_app_id": "wx1"})


def test_a_secure_service_account_needs_its_key() -> None:
    values = {**GOOD, "official_app_id": "wx1", "official_secret": "s", "official_token": "t"}

    with pytest.raises(SettingsError, match="MUSTER_OFFICIAL_ENCODING_AES_KEY"):
        load_settings(**values)
    assert load_settings(**values, official_mode="plain").official_mode == "plain"


def test_sandbox_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    values = {**GOOD, "secret_key": "", "mode": "sandbox", "data_dir": tmp_path}

    first, second = load_settings(**values), load_settings(**values)

    assert first.secret_key.get_secret_value()
    assert first.secret_key == second.secret_key
    assert (tmp_path / "secrets" / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["[checkin]\n", "nonsense", "[checkin]\nx = 1\n"])
def test_a_broken_policy_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(text)

    with pytest.raises(SettingsError, match=r"policy\.toml"):
        load_policy(path)
