"""Secrets and addresses, read once from the environment or a `.env` file. The only reader of either."""

import base64
import binascii
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "MUSTER_"
ENV_FILE = Path(".env")


class SettingsError(Exception):
    """A setting is missing or malformed; the message is one line that names it and says what to do."""


@dataclass(frozen=True)
class Problem:
    """A setting that is missing or malformed, and the line that says so."""

    name: str
    line: str
    missing: bool = False


class Settings(BaseSettings):
    """Every setting of an installation; each description says where to find the value."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, env_ignore_empty=True, extra="ignore", frozen=True
    )

    mode: Literal["production", "sandbox"] = Field("production", description="填 production 或 sandbox")
    data_dir: Path = Field(Path("var"), description="填一个本机目录，数据存在里面")
    database_url: str = Field(
        "", description="不填用 SQLite;多台机器填 postgresql+psycopg://用户：密码@主机/库名"
    )
    redis_url: str = Field("", description="不填用自带的 Redis;多台机器填 redis://主机:6379/0")
    files_url: SecretStr = Field(
        SecretStr(""),
        description="不填存在数据库里;填 s3+https://KEY:SECRET@主机/桶?region=区域，存到 S3 兼容的对象存储",
    )
    bind: str = Field("127.0.0.1:8000", description="填 地址:端口，例如 0.0.0.0:8000")
    public_url: str = Field(
        "http://127.0.0.1:8000", description="填手机能访问到的网址，例如 https://muster.example.com"
    )

    secret_key: SecretStr = Field(
        SecretStr(""), description="登录会话的签名密钥，用 openssl rand -base64 32 生成"
    )
    field_keys: SecretStr = Field(
        SecretStr(""), description="敏感字段的密钥，新的在前、逗号分隔，用 openssl rand -base64 32 生成"
    )
    hash_key: SecretStr = Field(SecretStr(""), description="身份比对的密钥，用 openssl rand -base64 32 生成")
    audit_key: SecretStr = Field(SecretStr(""), description="留痕签名的私钥，用 openssl rand -base64 32 生成")
    maintainers: str = Field("", description="出错时通知谁：企业微信账号，逗号分隔")

    wecom_corp_id: str = Field("", description="企业微信管理后台 → 我的企业 → 企业信息 → 企业ID")
    wecom_agent_id: int = Field(0, description="企业微信管理后台 → 应用管理 → 自建应用 → AgentId")
    wecom_secret: SecretStr = Field(
        SecretStr(""), description="企业微信管理后台 → 应用管理 → 自建应用 → Secret"
    )
    wecom_token: SecretStr = Field(
        SecretStr(""), description="企业微信管理后台 → 应用管理 → 自建应用 → 接收消息 → 设置API接收 → Token"
    )
    wecom_encoding_aes_key: SecretStr = Field(
        SecretStr(""),
        description="企业微信管理后台 → 应用管理 → 自建应用 → 接收消息 → 设置API接收 → EncodingAESKey(43位)",
    )
    wecom_api_base: str = Field("https://qyapi.weixin.qq.com", description="企业微信接口地址，一般不用改")

    wecom_contacts_secret: SecretStr = Field(
        SecretStr(""), description="企业微信管理后台 → 管理工具 → 通讯录同步 → Secret"
    )
    wecom_contacts_token: SecretStr = Field(
        SecretStr(""), description="企业微信管理后台 → 管理工具 → 通讯录同步 → 接收事件服务器 → Token"
    )
    wecom_contacts_encoding_aes_key: SecretStr = Field(
        SecretStr(""),
        description="企业微信管理后台 → 管理工具 → 通讯录同步 → 接收事件服务器 → EncodingAESKey(43位)",
    )

    official_app_id: str = Field("", description="微信公众平台 → 设置与开发 → 开发接口管理 → AppID")
    official_secret: SecretStr = Field(
        SecretStr(""), description="微信公众平台 → 设置与开发 → 开发接口管理 → AppSecret"
    )
    official_token: SecretStr = Field(
        SecretStr(""), description="微信公众平台 → 设置与开发 → 开发接口管理 → 服务器配置 → Token"
    )
    official_encoding_aes_key: SecretStr = Field(
        SecretStr(""),
        description="微信公众平台 → 设置与开发 → 开发接口管理 → 服务器配置 → EncodingAESKey(43位)",
    )
    official_mode: Literal["secure", "compatible", "plain"] = Field(
        "secure", description="与服务器配置里的消息加解密方式一致：secure 安全、compatible 兼容、plain 明文"
    )
    official_api_base: str = Field("https://api.weixin.qq.com", description="服务号接口地址，一般不用改")

    sms_provider: Literal["none", "tencent", "aliyun"] = Field(
        "none", description="短信用哪一家：none 不发、tencent 腾讯云、aliyun 阿里云"
    )
    sms_key_id: str = Field(
        "", description="腾讯云 → 访问管理 → API 密钥 → SecretId；阿里云 → AccessKey 管理 → AccessKey ID"
    )
    sms_key_secret: SecretStr = Field(
        SecretStr(""), description="腾讯云 → API 密钥 → SecretKey；阿里云 → AccessKey 管理 → AccessKey Secret"
    )
    sms_app_id: str = Field("", description="只有腾讯云要：短信 → 应用管理 → SDKAppID")
    sms_sign: str = Field("", description="短信 → 签名管理 → 审核通过的签名，不带【】")
    sms_template: str = Field("", description="短信 → 正文模板 → 审核通过、没有变量的模板号")
    sms_api_base: str = Field("", description="短信接口地址，不填用平台自己的，一般不用改")
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="不填不发邮件;填 smtps://账号：密码@主机:465?from=发件地址，或 smtp:// 开头、端口 587",
    )

    open_base: str = Field("https://open.weixin.qq.com", description="网页授权地址，一般不用改")
    jssdk_url: str = Field(
        "https://res.wx.qq.com/open/js/jweixin-1.2.0.js", description="页面用的 JS-SDK 地址，一般不用改"
    )
    interview_webhook_secret: SecretStr = Field(
        SecretStr(""),
        description="AI 面试系统推送结果时签名用的密钥，用 openssl rand -base64 32 生成，两边填一样",
    )
    sandbox_url: str = Field("", description="只在 sandbox 模式用：沙箱的地址，例如 http://127.0.0.1:8100")

    @field_validator("wecom_encoding_aes_key", "wecom_contacts_encoding_aes_key", "official_encoding_aes_key")
    @classmethod
    def _is_aes_key(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text:
            try:
                key = base64.b64decode(text + "=", validate=True)
            except (binascii.Error, ValueError):
                key = b""
            if len(text) != 43 or len(key) != 32:
                raise ValueError("要 43 位字母和数字")
        return value

    @field_validator(
        "public_url",
        "wecom_api_base",
        "official_api_base",
        "sms_api_base",
        "open_base",
        "sandbox_url",
        "jssdk_url",
    )
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc):
            raise ValueError("要以 http:// 或 https:// 开头的网址")
        return value.rstrip("/")

    @field_validator("field_keys", "hash_key", "audit_key")
    @classmethod
    def _is_key(cls, value: SecretStr) -> SecretStr:
        for part in _parts(value.get_secret_value()):
            try:
                key = base64.b64decode(part, validate=True)
            except (binascii.Error, ValueError):
                key = b""
            if len(key) != 32:
                raise ValueError("要 32 字节的 base64（44 个字符），用 openssl rand -base64 32 生成")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis_address(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("要以 redis://、rediss:// 或 unix:// 开头")
        return value

    @field_validator("files_url")
    @classmethod
    def _is_object_store(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text:
            parts = urlsplit(text)
            bucket = parts.path.strip("/")
            try:
                whole = bool(parts.hostname and parts.username and parts.password and parts.port != 0)
            except ValueError:
                whole = False
            if parts.scheme not in {"s3+https", "s3+http"} or not whole or not bucket or "/" in bucket:
                raise ValueError("要写成 s3+https://KEY:SECRET@主机/桶?region=区域")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _is_mail_server(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text:
            parts = urlsplit(text)
            sender = parse_qs(parts.query).get("from", [unquote(parts.username or "")])[0]
            try:
                whole = bool(parts.hostname) and parts.port != 0
            except ValueError:
                whole = False
            if parts.scheme not in {"smtp", "smtps"} or not whole or "@" not in sender:
                raise ValueError("要写成 smtps://账号:密码@主机:465?from=发件地址")
        return value

    @field_validator("bind")
    @classmethod
    def _is_bind(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError("要写成 地址:端口")
        return value

    @property
    def sandbox(self) -> bool:
        """Whether the movable clock and made-up secrets are allowed."""
        return self.mode == "sandbox"

    @property
    def field_key_bytes(self) -> tuple[bytes, ...]:
        """The field keys, newest first."""
        return tuple(base64.b64decode(part) for part in _parts(self.field_keys.get_secret_value()))

    @property
    def hash_key_bytes(self) -> bytes:
        """The key of identity hashes."""
        return base64.b64decode(self.hash_key.get_secret_value())

    @property
    def audit_key_bytes(self) -> bytes:
        """The private key of the evidence trail: an Ed25519 seed."""
        return base64.b64decode(self.audit_key.get_secret_value())

    @property
    def maintainer_ids(self) -> tuple[str, ...]:
        """The WeCom user ids told of errors."""
        return _parts(self.maintainers)

    @property
    def database(self) -> str:
        """The address of the database; SQLite in the data directory unless one is given."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'muster.db'}"

    @property
    def redis(self) -> str:
        """The address of Redis; the embedded server's socket unless one is given."""
        return self.redis_url or f"unix://{self.data_dir.resolve() / 'redis.sock'}"

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.bind.rpartition(":")[0]

    @property
    def port(self) -> int:
        """The port to listen on."""
        return int(self.bind.rpartition(":")[2])


def _parts(text: str) -> tuple[str, ...]:
    """What stands between the commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


REQUIRED = (
    "wecom_corp_id",
    "wecom_agent_id",
    "wecom_secret",
    "wecom_token",
    "wecom_encoding_aes_key",
)
ALL_OR_NONE = (
    ("wecom_contacts_token", "wecom_contacts_encoding_aes_key"),
    ("official_app_id", "official_secret", "official_token"),
)
OF_SMS = ("sms_key_id", "sms_key_secret", "sms_sign", "sms_template")
"""What both providers ask for; Tencent also for `sms_app_id`."""
MADE_IN_SANDBOX = ("secret_key", "field_keys", "hash_key", "audit_key")


def load_settings(*, complete: bool = True, **given: Any) -> Settings:
    """The settings from the environment, with `given` values before them.

    Without `complete`, those that only the running product needs may be missing.

    Raises:
        SettingsError: one is missing or malformed.
    """
    settings, problems = examine_settings(complete=complete, **given)
    if problems:
        raise SettingsError(problems[0].line)
    return settings


def examine_settings(*, complete: bool = True, **given: Any) -> tuple[Settings, list[Problem]]:
    """The settings and everything that is wrong with them; a malformed one has its default there."""
    problems: list[Problem] = []
    try:
        settings = Settings(**given)
    except ValidationError as invalid:
        for error in invalid.errors():
            name = str(error["loc"][0])
            reason = str(error.get("ctx", {}).get("error", "")) or "值不对"
            line = f"设置 {PREFIX}{name.upper()} 不对：{reason}。{_where(name)}"
            problems.append(Problem(name, line))
        defaults = {problem.name: Settings.model_fields[problem.name].default for problem in problems}
        settings = Settings(**{**given, **defaults})
    if settings.sandbox and not problems:
        settings = _with_made_secrets(settings)
    if complete:
        malformed = {problem.name for problem in problems}
        problems += [problem for problem in _missing(settings) if problem.name not in malformed]
    return settings, problems


def _missing(settings: Settings) -> Iterator[Problem]:
    def lack(name: str, why: str = "") -> Problem:
        return Problem(name, f"缺少设置 {PREFIX}{name.upper()}{why}。{_where(name)}", missing=True)

    for name in (*REQUIRED, *(MADE_IN_SANDBOX if not settings.sandbox else ())):
        if not _value(settings, name):
            yield lack(name)
    for group in ALL_OR_NONE:
        if any(_value(settings, name) for name in group):
            yield from (lack(name, "(同组的已填)") for name in group if not _value(settings, name))
    if settings.sms_provider != "none":
        for name in (*OF_SMS, *(("sms_app_id",) if settings.sms_provider == "tencent" else ())):
            if not _value(settings, name):
                yield lack(name, "(短信要用)")
    name = "official_encoding_aes_key"
    if settings.official_app_id and settings.official_mode != "plain" and not _value(settings, name):
        yield lack(name)


def isolated_settings(**given: Any) -> Settings:
    """Settings from `given` and the defaults alone: neither the environment nor a `.env` file counts."""
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    return load_settings(_env_file=None, **{**defaults, **given})


def as_environment(settings: Settings) -> dict[str, str]:
    """Every setting as an environment variable, so that a child process has exactly these."""
    return {f"{PREFIX}{name.upper()}": str(_value(settings, name)) for name in Settings.model_fields}


def _value(settings: Settings, name: str) -> Any:
    value = getattr(settings, name)
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _where(name: str) -> str:
    return f"在这里找：{Settings.model_fields[name].description}" if name in Settings.model_fields else ""


def _with_made_secrets(settings: Settings) -> Settings:
    """Fill missing secrets from the data directory, where they are made once (sandbox mode only)."""
    made = {}
    for name in MADE_IN_SANDBOX:
        if _value(settings, name):
            continue
        path = settings.data_dir / "secrets" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            path.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
        made[name] = SecretStr(path.read_text().strip())
    return settings.model_copy(update=made)
