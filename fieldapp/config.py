"""Settings: every FIELDAPP_* variable with its type, default and meaning. `fieldapp config` lists them."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app

_KEY = "fieldapp.config"


class ConfigError(Exception):
    """A setting can't be used; the message is one sentence."""

    exit_code = 2


def _text(raw: str) -> str:
    return raw.strip()


def _whole(raw: str) -> int:
    number = int(raw)
    if number < 1:
        raise ValueError("must be 1 or more")
    return number


def _count(raw: str) -> int:
    number = int(raw)
    if number < 0:
        raise ValueError("must be 0 or more")
    return number


def _megapixels(raw: str) -> int:
    number = int(raw)
    if not 1 <= number <= 250:
        raise ValueError("must be between 1 and 250")
    return number


def _port(raw: str) -> int:
    number = int(raw)
    if not 0 <= number <= 65535:
        raise ValueError("must be between 0 and 65535")
    return number


def _url(raw: str) -> str:
    if raw and not urlsplit(raw).scheme:
        raise ValueError("must be a URL such as https://host/ or empty")
    return raw.strip()


def _unapproved(raw: str) -> str:
    if raw.strip() not in ("refuse", "flag"):
        raise ValueError("must be refuse or flag")
    return raw.strip()


def _tablets(raw: str) -> str:
    if raw.strip() not in ("open", "paired"):
        raise ValueError("must be open or paired")
    return raw.strip()


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as `fieldapp config` shows it."""

    name: str
    kind: str
    default: str
    help: str
    read: Callable[[str], Any]

    @property
    def variable(self) -> str:
        """Return the environment variable."""
        return "FIELDAPP_" + self.name.upper()


SETTINGS: tuple[Setting, ...] = (
    Setting("home", "path", "./var", "folder that holds database, objects, keys and secret", Path),
    Setting("database_url", "url", "", "postgresql://… ; empty: SQLite in the home folder", _url),
    Setting("objects_url", "url", "", "s3://, gs://, az:// … ; empty: the folder objects/ in home", _url),
    Setting("pki_dir", "path", "", "seal key and authority; empty: the folder pki/ in home", _text),
    Setting(
        "designs_dir", "path", "", "a folder of your own standard designs, beside the built-in ones", _text
    ),
    Setting(
        "unapproved",
        "refuse or flag",
        "refuse",
        "what becomes of a site design with equipment that is not, or no longer, approved in its country",
        _unapproved,
    ),
    Setting(
        "secret_key", "text", "", "signs session cookies; empty: made on first use, file mode 0600", _text
    ),
    Setting("base_url", "url", "", "address people reach this server at; https makes cookies Secure", _url),
    Setting("host", "text", "127.0.0.1", "address that fieldapp serve listens on", _text),
    Setting("port", "number", "8000", "port that fieldapp serve listens on", _port),
    Setting("proxies", "number", "0", "how many proxies in front add X-Forwarded-For and -Proto", _count),
    Setting("token_days", "number", "30", "days until a tablet's token expires", _whole),
    Setting("session_hours", "number", "12", "hours until a web session expires", _whole),
    Setting("sign_in_limit", "text", "10 per minute", "sign-in attempts allowed from one address", _text),
    Setting("agent_token_days", "number", "365", "days until a probe agent's token expires", _whole),
    Setting("invitation_days", "number", "7", "days until the link of an invitation expires", _whole),
    Setting("lock_after", "number", "10", "wrong passwords in a row after which a person waits", _whole),
    Setting("lock_minutes", "number", "15", "minutes that a person then waits", _whole),
    Setting(
        "tablets",
        "open or paired",
        "open",
        "open: a sign-in makes a tablet known; paired: only with a code from the page Tablets",
        _tablets,
    ),
    Setting(
        "mail_url", "url", "", "smtp://user:password@host:587 or smtps://…; empty: folder mail/ in home", _url
    ),
    Setting("mail_from", "text", "fieldapp@localhost", "sender of e-mails", _text),
    Setting("oidc_issuer", "url", "", "OpenID Connect provider, https://…; empty: passwords only", _url),
    Setting("oidc_client_id", "text", "", "this server's client id there", _text),
    Setting("oidc_client_secret", "text", "", "and its secret", _text),
    Setting("oidc_name", "text", "your organisation", "what the button Sign in with … says", _text),
    Setting("max_operations", "number", "500", "operations accepted in one push", _whole),
    Setting("max_body_mb", "number", "16", "largest request body in MiB", _whole),
    Setting("max_photo_mb", "number", "64", "largest photo in MiB", _whole),
    Setting("max_megapixels", "number", "120", "largest picture in megapixels, at most 250", _megapixels),
    Setting(
        "upload_days", "number", "30", "days after which an upload that never ended is cleared away", _whole
    ),
    Setting(
        "verify_objects_hours",
        "number",
        "24",
        "hours between two looks at whether every stored file is there; 0: never",
        _count,
    ),
    Setting(
        "job_lease_seconds",
        "number",
        "120",
        "seconds until the work of a silent worker is given to another",
        _whole,
    ),
    Setting("job_attempts", "number", "3", "times a job is tried before it counts as failed", _whole),
    Setting("log_level", "text", "info", "debug, info, warning or error", _text),
)


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one process."""

    home: Path
    database_url: str
    objects_url: str
    pki_dir: str
    designs_dir: str
    unapproved: str
    secret_key: str
    base_url: str
    host: str
    port: int
    proxies: int
    token_days: int
    session_hours: int
    sign_in_limit: str
    agent_token_days: int
    invitation_days: int
    lock_after: int
    lock_minutes: int
    tablets: str
    mail_url: str
    mail_from: str
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str
    oidc_name: str
    max_operations: int
    max_body_mb: int
    max_photo_mb: int
    max_megapixels: int
    upload_days: int
    verify_objects_hours: int
    job_lease_seconds: int
    job_attempts: int
    log_level: str

    @property
    def database(self) -> str:
        """Return the database URL in SQLAlchemy's words."""
        if not self.database_url:
            return f"sqlite:///{self.home.resolve() / 'fieldapp.db'}"
        scheme, _, rest = self.database_url.partition("://")
        return "postgresql+psycopg://" + rest if scheme in ("postgres", "postgresql") else self.database_url

    @property
    def postgres(self) -> bool:
        """True when the database is PostgreSQL."""
        return self.database.startswith("postgresql")

    @property
    def pki(self) -> Path:
        """Return the folder of the seal key and its authority."""
        return Path(self.pki_dir) if self.pki_dir else self.home / "pki"

    @property
    def designs(self) -> Path | None:
        """Return the operator's own folder of designs, None without one."""
        return Path(self.designs_dir) if self.designs_dir else None

    def secret(self) -> str:
        """Return the secret that signs cookies, made on first use."""
        return self.secret_key or _kept_secret(self.home / "secret")


def read_config(given: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read the settings: ``given`` (FIELDAPP_X or x) before the environment before the default."""
    environ = os.environ if environ is None else environ
    wanted = {name.lower().removeprefix("fieldapp_"): value for name, value in (given or {}).items()}
    values = {}
    for setting in SETTINGS:
        raw = wanted.get(setting.name, environ.get(setting.variable, setting.default))
        try:
            values[setting.name] = setting.read(str(raw))
        except ValueError as error:
            raise ConfigError(
                f"{setting.variable}={raw!s} can't be used: {error}; correct the setting."
            ) from error
    unknown = _unknown(environ)
    if unknown:
        raise ConfigError(f"{unknown} is no setting: `fieldapp config` lists all of them.")
    return Config(**values)


def _unknown(environ: Mapping[str, str]) -> str | None:
    known = {"FIELDAPP_" + field.name.upper() for field in fields(Config)}
    known.add("FIELDAPP_NEW_PASSWORD")  # no setting: what fieldapp user add and set-password ask for
    return next((name for name in environ if name.startswith("FIELDAPP_") and name not in known), None)


def _kept_secret(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # O_EXCL: of two processes that start together one writes, the other reads what it wrote.
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text("ascii").strip()
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
    return path.read_text("ascii").strip()


def attach(app: Flask, config: Config) -> None:
    """Keep the settings with the app."""
    app.extensions[_KEY] = config


def settings() -> Config:
    """Return the settings of the current app."""
    found: Config = current_app.extensions[_KEY]
    return found
