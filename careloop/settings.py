"""The only reader of environment variables.

Every option an operator may set is one row of `OPTIONS`; `docs/reference/settings.md` is generated from it.
"""

import os
import secrets
import sys
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.translation import gettext_lazy as _


class Option(NamedTuple):
    name: str
    default: str
    meaning: str


OPTIONS = (
    Option("CARELOOP_HOME", "./careloop-data", "folder of everything the program keeps"),
    Option("CARELOOP_DATABASE_URL", "", "postgresql://user:password@host:port/name; empty: SQLite in the home"),
    Option("CARELOOP_HOSTS", "127.0.0.1,localhost,[::1]", "host names under which the program is reached"),
    Option("CARELOOP_ORIGINS", "", "trusted origins behind a TLS proxy, e.g. https://service.example.cn"),
    Option("CARELOOP_HTTPS", "0", "1: cookies only over TLS, HSTS, redirects"),
    Option("CARELOOP_DEBUG", "0", "1: developer pages; never in production"),
    Option("CARELOOP_STYLEGUIDE", "0", "1: show /styleguide/"),
    Option("CARELOOP_TIME_ZONE", "Asia/Shanghai", "zone of the firm; stations may have their own"),
    Option("CARELOOP_MAIL_URL", "", "smtp://user:password@host:port; empty: mails are kept as files in the home"),
    Option("CARELOOP_MAX_UPLOAD_MIB", "50", "largest accepted file"),
    Option("CARELOOP_COMPANY", "CareLoop", "name of the firm on papers and pages"),
)


def option(name: str) -> str:
    return os.environ.get(name) or next(o.default for o in OPTIONS if o.name == name)


def private_secret(folder: Path) -> str:
    """The signing key: made once, readable by its owner only."""
    path = folder / "secret_key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was faster
            return path.read_text().strip()
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(64))
    return path.read_text().strip()


def sqlite(home: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": home / "careloop.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            "PRAGMA cache_size=-32768; PRAGMA mmap_size=268435456",
        },
        "CONN_MAX_AGE": 600,
        "TEST": {"NAME": home / "test.sqlite3"},
    }


def postgresql(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        sys.exit("CARELOOP_DATABASE_URL must begin with postgresql:// — see docs/reference/settings.md")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        # Statements are prepared at their third use: planning ten joins costs more than running them.
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 3, **dict(parse_qsl(parts.query))},
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


BASE_DIR = Path(__file__).resolve().parent
HOME = Path(option("CARELOOP_HOME")).expanduser().resolve()
DEBUG = option("CARELOOP_DEBUG") == "1"
STYLEGUIDE = DEBUG or option("CARELOOP_STYLEGUIDE") == "1"
COMPANY = option("CARELOOP_COMPANY")
SECRET_KEY = private_secret(HOME)
ALLOWED_HOSTS = option("CARELOOP_HOSTS").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in option("CARELOOP_ORIGINS").split(",") if origin]
HTTPS = option("CARELOOP_HTTPS") == "1"

DATABASE_URL = option("CARELOOP_DATABASE_URL")
DATABASES = {"default": postgresql(DATABASE_URL) if DATABASE_URL else sqlite(HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "careloop.api",
    "careloop.web",
    "careloop.portal",
    "careloop.insight",
    "careloop.feedback",
    "careloop.complaints",
    "careloop.workorders",
    "careloop.cases",
    "careloop.inventory",
    "careloop.billing",
    "careloop.entitlements",
    "careloop.assets",
    "careloop.customers",
    "careloop.staff",
    "careloop.accounts",
    "careloop.core",
    "careloop.management",
    "allauth",
    "allauth.account",
    "django_htmx",
    "template_partials",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "careloop.core.middleware.Addresses",
    "careloop.core.middleware.ApiLane",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "careloop.core.middleware.SafetyHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "careloop.staff.middleware.ActorMiddleware",
    "careloop.core.middleware.Refusals",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "careloop.urls"
WSGI_APPLICATION = "careloop.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "careloop.web.context.frame",
            ],
            "builtins": ["careloop.web.templatetags.careloop", "django.templatetags.i18n"],
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["careloop.accounts.backend.SignIn"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "careloop.accounts.adapter.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "change_password": "5/m/user",
    "reset_password": "20/m/ip,5/m/key",
}
SESSION_ENGINE = "careloop.accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "careloop.core.http.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if HTTPS else 0  # wrong passwords count against the client, not against the proxy
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "core_cache"},
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "careloop_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = option("CARELOOP_TIME_ZONE")
FIRST_DAY_OF_WEEK = 1
FORMAT_MODULE_PATH = "careloop.core.formats"

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": HOME / "files",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "careloop.core.static.HashedStaticFiles"},
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
MAX_UPLOAD_BYTES = int(option("CARELOOP_MAX_UPLOAD_MIB")) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

_mail = urlsplit(option("CARELOOP_MAIL_URL"))
if _mail.hostname:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _mail.hostname, _mail.port or 587
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_USE_TLS = EMAIL_PORT == 587
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = HOME / "mail"

# Names of code that core calls without importing the floors above it.
WIRING = "careloop.wiring.HANDLERS"
SCHEDULE = "careloop.schedule.SWEEPS"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"careloop": {"level": "INFO"}},
}

# Words of the frame that every language needs before any catalogue is loaded.
PRODUCT_NAME = _("CareLoop")
