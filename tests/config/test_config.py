"""Settings: where each comes from, and what is said when one cannot work."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from lplate.config import Settings, load_settings, make_data_folder
from lplate.errors import ConfigError

SECRET = "not-to-be-seen-in-any-message"
TOKEN = f"123456:{SECRET}"
HOOK = "https://lplate.example/updates"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Stand in an empty folder, without settings in the environment."""
    for name in [name for name in os.environ if name.upper().startswith("LPLATE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write_file(text: str) -> None:
    """Write lplate.toml."""
    Path("lplate.toml").write_text(text, encoding="utf-8")


def refusal(**flags: object) -> str:
    """Return what load_settings() says when it refuses; it must not repeat the secret."""
    with pytest.raises(ConfigError) as caught:
        load_settings(**flags)
    said = str(caught.value)
    assert SECRET not in said
    assert SECRET not in repr(caught.value)
    return said


def test_flags_over_environment_over_file_over_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each source counts for more than those behind it: flag, environment, file, default."""
    assert load_settings().pool_size == 4
    write_file("pool_size = 5\nrate_burst = 20\nlog_level = 'error'\n")
    assert load_settings().pool_size == 5
    monkeypatch.setenv("LPLATE_POOL_SIZE", "6")
    monkeypatch.setenv("LPLATE_RATE_BURST", "21")
    assert load_settings().pool_size == 6
    settings = load_settings(pool_size=7)
    assert (settings.pool_size, settings.rate_burst, settings.log_level) == (7, 21, "error")


def test_flags_not_given_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flag that was not given leaves the setting to the other sources."""
    monkeypatch.setenv("LPLATE_DATA", "elsewhere")
    assert load_settings(data=None).data == Path("elsewhere")


def test_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable, as a compose file leaves it, is no setting: without a token the playground runs."""
    monkeypatch.setenv("LPLATE_TOKEN", "")
    assert load_settings().token is None


@pytest.mark.parametrize("word", ["none", "None", "off"])
def test_operate_server_can_be_turned_off(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """Said to listen nowhere the operate server has no address; in the file an empty text does it too."""
    monkeypatch.setenv("LPLATE_OPERATE_LISTEN", word)
    assert load_settings().operate_listen == ""
    monkeypatch.delenv("LPLATE_OPERATE_LISTEN")
    write_file("operate_listen = ''")
    assert load_settings().operate_listen == ""


def test_documented_defaults() -> None:
    """The defaults are those that tools outside the project rely on."""
    settings = load_settings()
    shown = {
        "token": None,
        "api_url": "https://api.telegram.org",
        "data": Path("data"),
        "playground_listen": "127.0.0.1:8080",
        "webhook_url": None,
        "commit_window_ms": 2,
        "send_per_second": 30,
        "send_per_chat": 1,
        "rate_per_minute": 10,
        "rate_burst": 15,
        "question_cache": 4096,
        "learner_cache": 10_000,
        "pool_size": 4,
        "operate_listen": "127.0.0.1:9464",
    }
    assert {name: getattr(settings, name) for name in shown} == shown


def test_every_setting_says_what_it_is() -> None:
    """Each setting bears a description, for help and documentation."""
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("LPLATE_TOKN", "LPLATE_TOKEN"),
        ("lplate_api_urls", "LPLATE_API_URL"),
        ("LPLATE_WEBHOOK_SECRT", "LPLATE_WEBHOOK_SECRET"),
    ],
)
def test_misspelt_variable_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, nearest: str) -> None:
    """A variable that only looks like a setting is refused with the nearest one, not ignored."""
    monkeypatch.setenv(name, SECRET)
    assert refusal() == f"{name} is no setting: did you mean {nearest}?"


def test_unknown_variable_lists_the_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is near, all settings are listed."""
    monkeypatch.setenv("LPLATE_XYZZY", SECRET)
    said = refusal()
    assert said.startswith("LPLATE_XYZZY is no setting; known are ")
    assert all(f"LPLATE_{name.upper()}" in said for name in Settings.model_fields)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("token", SECRET, "a token like 123456:letters, as @BotFather gave it"),
        ("token", f"12a:{SECRET}", "a token like 123456:letters, as @BotFather gave it"),
        ("token", f"12:{SECRET} ", "a token like 123456:letters, as @BotFather gave it"),
        ("api_url", "api.telegram.org", "https:// or http:// and a host"),
        ("api_url", "file:///etc", "https:// or http:// and a host"),
        ("api_url", "https://", "https:// or http:// and a host"),
        ("webhook_url", "lplate.example", "https:// or http:// and a host"),
        ("playground_listen", "8080", "an address such as 127.0.0.1:8080"),
        ("playground_listen", ":8080", "an address such as 127.0.0.1:8080"),
        ("playground_listen", "localhost:http", "an address such as 127.0.0.1:8080"),
        ("webhook_listen", "localhost:65536", "an address such as 127.0.0.1:8080"),
        ("commit_window_ms", "soon", "a number from 0 to 1000"),
        ("commit_window_ms", "-1", "a number from 0 to 1000; the nearest is 0"),
        ("commit_window_ms", "nan", "a number from 0 to 1000"),
        ("send_per_second", "1.6", "a whole number from 0 to 10000; the nearest is 2"),
        ("rate_per_minute", "0", "a number from 0.01 to 100000; the nearest is 0.01"),
        ("rate_burst", "inf", "a number from 1 to 100000; the nearest is 100000"),
        ("pool_size", "0", "a whole number from 1 to 256; the nearest is 1"),
        ("pool_size", "300", "a whole number from 1 to 256; the nearest is 256"),
        ("question_cache", "-1", "a whole number from 1 to 10000000; the nearest is 1"),
        ("starter_bank", "perhaps", "true or false"),
        ("starter_bank", "flase", "true or false; did you mean false?"),
        ("log_level", "loud", "one of debug, info, warning, error"),
        ("log_level", "warn", "one of debug, info, warning, error; did you mean warning?"),
        ("log_format", "jsn", "one of auto, pretty, json; did you mean json?"),
        ("preset", "larg", "one of small, medium, large, huge; did you mean large?"),
        ("admins", "12, anna", "numeric user ids with commas between"),
        ("admins", "-5", "numeric user ids with commas between"),
        ("operate_listen", "9464", "an address such as 127.0.0.1:8080, or none"),
    ],
)
def test_bad_value_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str) -> None:
    """A value that cannot work is refused by its place, what is expected and the nearest that would do."""
    monkeypatch.setenv(f"LPLATE_{name.upper()}", value)
    assert refusal() == f"LPLATE_{name.upper()}: expected {expected}"


def test_all_bad_values_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several mistakes are found in one start."""
    monkeypatch.setenv("LPLATE_POOL_SIZE", "many")
    monkeypatch.setenv("LPLATE_TOKEN", SECRET)
    monkeypatch.setenv("LPLATE_LOG_LEVEL", "loud")
    assert set(re.findall(r"LPLATE_[A-Z_]+", refusal())) == {
        "LPLATE_POOL_SIZE", "LPLATE_TOKEN", "LPLATE_LOG_LEVEL",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'token = "{TOKEN}', "lplate.toml is no valid TOML: .*; mend or remove it"),
        (f'# ours\n\ntokn = "{TOKEN}"', r"tokn in lplate.toml, line 3 is no setting: did you mean token\?"),
        ("xyzzy = 1", "xyzzy in lplate.toml, line 1 is no setting; known are .*token"),
        (f"[sqlite]\ntoken = '{TOKEN}'", "sqlite in lplate.toml, line 1 is no setting"),
        (f'token = ["{TOKEN}"]', "token in lplate.toml, line 1: expected a token like"),
        ("data = 5", "data in lplate.toml, line 1: expected a path"),
        ("\n\n'pool_size' = 900", "pool_size in lplate.toml, line 3: expected .*; the nearest is 256"),
    ],
)
def test_bad_file_is_refused(text: str, expected: str) -> None:
    """A file that cannot be read, or says what is no setting, is refused by its name."""
    write_file(text)
    assert re.fullmatch(expected + ".*", refusal())


def test_file_that_is_no_text_is_refused() -> None:
    """A file that is not UTF-8 is refused like one that is not TOML."""
    Path("lplate.toml").write_bytes(b"\xff\xfe")
    assert refusal().startswith("lplate.toml is no valid TOML: ")


def test_webhook_needs_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A webhook without a secret is refused: anybody could forge updates."""
    monkeypatch.setenv("LPLATE_TOKEN", TOKEN)
    monkeypatch.setenv("LPLATE_WEBHOOK_URL", HOOK)
    assert refusal().startswith("LPLATE_WEBHOOK_SECRET is missing")


@pytest.mark.parametrize("secret", [f"{SECRET} ", f"ä{SECRET}", f"{SECRET}/", SECRET * 10])
def test_webhook_secret_must_be_one_telegram_takes(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """A secret that Telegram would refuse is refused at once, and not shown."""
    monkeypatch.setenv("LPLATE_TOKEN", TOKEN)
    monkeypatch.setenv("LPLATE_WEBHOOK_URL", HOOK)
    monkeypatch.setenv("LPLATE_WEBHOOK_SECRET", secret)
    assert refusal() == "LPLATE_WEBHOOK_SECRET: expected 1 to 256 of A-Z a-z 0-9 _ -"


def test_webhook_needs_a_token() -> None:
    """A webhook without a bot is refused instead of quietly running the playground."""
    assert refusal(webhook_url=HOOK, webhook_secret=SECRET).startswith("LPLATE_TOKEN is missing")


def test_whole_webhook_is_accepted() -> None:
    """With token, address and secret the webhook stands."""
    settings = load_settings(token=TOKEN, webhook_url=f"{HOOK}/", webhook_secret=SECRET)
    assert settings.webhook_url == HOOK
    assert settings.webhook_listen == "127.0.0.1:8443"


def test_secrets_do_not_show() -> None:
    """Settings can be printed and logged: token and secret stay hidden."""
    settings = load_settings(token=TOKEN, webhook_url=HOOK, webhook_secret=SECRET)
    assert SECRET not in f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"
    assert settings.token is not None
    assert settings.token.get_secret_value() == TOKEN


def test_secret_objects_are_taken_as_they_are() -> None:
    """A token that is hidden already, as the playground's, is accepted."""
    assert Settings(token=SecretStr(TOKEN)).token == SecretStr(TOKEN)


def test_settings_do_not_change() -> None:
    """What was read at the start stays."""
    with pytest.raises(ValueError, match="frozen"):
        load_settings().pool_size = 9


def test_data_folder_is_made_once() -> None:
    """The data folder is made with room for banks; if it is there, nothing happens."""
    for _ in range(2):
        make_data_folder(Path("new/data"))
    assert Path("new/data/banks").is_dir()
    assert Path("new/data").stat().st_mode & 0o777 == 0o700


def test_data_folder_that_cannot_be_made() -> None:
    """A folder that cannot be made is named with the reason and the setting."""
    Path("file").touch()
    with pytest.raises(ConfigError, match=r"file/data cannot be made \(Not a directory\).*LPLATE_DATA"):
        make_data_folder(Path("file/data"))
