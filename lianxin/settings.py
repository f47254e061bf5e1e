"""Settings, read from the environment. Every variable is documented in docs/operating.md."""

import os
import secrets
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

PACKAGE = Path(__file__).resolve().parent


def env(name: str, default: str = "") -> str:
    """The variable `name`, or the content of the file that `name_FILE` points at."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def env_flag(name: str) -> bool:
    """True for 1, true, yes, on."""
    return env(name).lower() in {"1", "true", "yes", "on"}


DATA_DIR = Path(env("LIANXIN_DATA", "data")).resolve()
DEMO_KEY_FILE = DATA_DIR / "demo-secret-key"


def _demo() -> bool:
    """Asked for, or a data folder that `lianxin demo` made and no key of its own was ever given."""
    if env("LIANXIN_DEMO"):
        return env_flag("LIANXIN_DEMO")
    return not env("LIANXIN_SECRET_KEY") and DEMO_KEY_FILE.exists()


DEMO = _demo()
DEBUG = DEMO and env_flag("LIANXIN_DEBUG")
BASE_URL = env("LIANXIN_BASE_URL", "http://127.0.0.1:8000").rstrip("/")


def _secret_key() -> str:
    if key := env("LIANXIN_SECRET_KEY"):
        return key
    if not DEMO:
        raise ImproperlyConfigured("Set LIANXIN_SECRET_KEY or LIANXIN_SECRET_KEY_FILE (or LIANXIN_DEMO=1 to try).")
    if not DEMO_KEY_FILE.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        DEMO_KEY_FILE.write_text(secrets.token_urlsafe(50), encoding="utf-8")
        DEMO_KEY_FILE.chmod(0o600)
    return DEMO_KEY_FILE.read_text(encoding="utf-8").strip()


SECRET_KEY = _secret_key()
# Keys of before: what was signed or kept as a digest under them is still known.
SECRET_KEY_FALLBACKS = [key for key in env("LIANXIN_OLD_SECRET_KEYS").split(",") if key]
# Encrypts personal fields; kept apart from SECRET_KEY so that sessions can be reset without losing contacts.
FIELD_KEY = env("LIANXIN_FIELD_KEY") or ",".join([SECRET_KEY, *SECRET_KEY_FALLBACKS])

# Seals backups; lies where the backups are not.
BACKUP_KEY = env("LIANXIN_BACKUP_KEY")

# Where requests to WeCom, DingTalk and Feishu go instead of to them; empty: to them.
NOTICES_RELAY = env("LIANXIN_NOTICES_RELAY")

ALLOWED_HOSTS = [h for h in env("LIANXIN_ALLOWED_HOSTS", "127.0.0.1,localhost,testserver").split(",") if h]
SECURE = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "lianxin.portal.views.expired"
# The header in which a reverse proxy hands on the client's address ("X-Real-IP"); empty: no proxy.
CLIENT_ADDRESS_HEADER = env("LIANXIN_CLIENT_ADDRESS_HEADER")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "lianxin.core",
    "lianxin.accounts",
    "lianxin.history",
    "lianxin.rulebook",
    "lianxin.jobs",
    "lianxin.figures",
    "lianxin.sheets",
    "lianxin.panels",
    "lianxin.personal",
    "lianxin.search",
    "lianxin.notifications",
    "lianxin.desk",
    "lianxin.channels",
    "lianxin.webhooks",
    "lianxin.places",
    "lianxin.organisations",
    "lianxin.staffing",
    "lianxin.board",
    "lianxin.alliance",
    "lianxin.needs",
    "lianxin.portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lianxin.core.middleware.ContentSecurityPolicy",
    "lianxin.core.middleware.ReadValuesOnce",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "lianxin.core.middleware.LimitBody",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "lianxin.core.middleware.RefuseNul",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lianxin.accounts.middleware.ActorMiddleware",
    "lianxin.accounts.middleware.SeenAgain",
    "lianxin.core.middleware.KindErrors",
]

ROOT_URLCONF = "lianxin.urls"
WSGI_APPLICATION = "lianxin.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "lianxin.portal.context.shell",
            ],
            "builtins": ["lianxin.core.templatetags.icons"],
        },
    },
]

# --- Database -----------------------------------------------------------------------------------
DATABASE_URL = env("LIANXIN_DATABASE_URL", f"sqlite:///{DATA_DIR / 'lianxin.sqlite3'}")
DATABASE_SCHEMA = env("LIANXIN_DATABASE_SCHEMA")


def _database(url: str) -> dict[str, Any]:
    config: dict[str, Any] = dict(dj_database_url.parse(url))
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA secure_delete=ON;PRAGMA cache_size=-32000;"
            ),
        }
        # Each thread keeps its connection, and with it the pages that it has read.
        config["CONN_MAX_AGE"] = 600
        config["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    else:
        config["ENGINE"] = "lianxin.core.postgresql"
        # Compiling a query takes longer than any of ours runs.
        said = "-c jit=off" + (f" -c search_path={DATABASE_SCHEMA}" if DATABASE_SCHEMA else "")
        config["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 8}, "options": said}
    return config


DATABASES = {"default": _database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    # Shared by the web workers; nothing on the hot path counts here.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}

# --- Accounts -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["lianxin.accounts.backends.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "home"
SESSION_ENGINE = "lianxin.accounts.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Language and time --------------------------------------------------------------------------
LANGUAGE_CODE = env("LIANXIN_LANGUAGE", "zh-hans")
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE / "locale"]
LANGUAGE_COOKIE_NAME = "lx_lang"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
FORMAT_MODULE_PATH = ["lianxin.formats"]

# --- Files --------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [PACKAGE / "static"]
WHITENOISE_USE_FINDERS = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "lianxin.core.staticfiles.StaticFiles"},
}
MEDIA_ROOT = DATA_DIR / "files"
MEDIA_URL = ""
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
# Four photos and a form.
BODY_MAX_BYTES = 52 * 1024 * 1024
PHOTO_MAX_BYTES = 12 * 1024 * 1024
WORKBOOK_MAX_BYTES = 8 * 1024 * 1024

# Events may be sent to a program on this machine itself, without TLS: in the demo only.
WEBHOOKS_TO_LOOPBACK = DEMO

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}, "nowhere": {"class": "logging.NullHandler"}},
    # Their lines hold addresses with secrets, readers and messages.
    "loggers": {name: {"handlers": ["nowhere"], "propagate": False} for name in ("apprise", "urllib3", "requests")},
    "root": {"handlers": ["console"], "level": env("LIANXIN_LOG_LEVEL", "WARNING")},
}

SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"] if not SECURE else []
