"""Settings of the site. Everything a publisher sets comes from the environment; the README lists the names.

With an empty environment the site runs on SQLite under var/, caches in a database table, keeps uploads in
var/media and prints e-mail to the console.
"""

import os
import re
import secrets
import sys
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
import django
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import to_locale
from js_asset import static_lazy

from articles.languages import RIGHT_TO_LEFT

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var")


def env(name: str, default: str = "") -> str:
    """A variable's value; one set to nothing counts as not set."""
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, default: bool = False) -> bool:
    value = env(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def env_int(name: str, default: int) -> int:
    value = env(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def env_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def secret_key() -> str:
    """SECRET_KEY, or one made once and kept under var/ so that signed things outlive a restart."""
    if value := env("SECRET_KEY"):
        return value
    path = VAR_DIR / "secret_key"
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(64))
        try:
            os.link(new, path)  # of several first processes one wins, and all read its key
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return path.read_text().strip()


TESTING = "pytest" in sys.modules
DEBUG = env_bool("DEBUG")
SECRET_KEY = secret_key()

SITE_URL = env("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
_site = urlsplit(SITE_URL)
if _site.scheme not in {"http", "https"} or not _site.hostname or _site.path:
    raise ImproperlyConfigured(f"SITE_URL must be like https://news.example, not {SITE_URL!r}.")
HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", _site.hostname)
if _site.hostname in {"127.0.0.1", "localhost"}:
    ALLOWED_HOSTS += [host for host in ("127.0.0.1", "localhost", "[::1]") if host not in ALLOWED_HOSTS]

#: Addresses or networks of our own proxies: only their word on client address and scheme is believed.
TRUSTED_PROXIES = env_list("TRUSTED_PROXIES")
#: Accounts of the demo newsroom, whose password everybody knows, sign in only where this is set.
DEMO_ACCOUNTS = env_bool("DEMO_ACCOUNTS")


# Applications

INSTALLED_APPS = [
    "newsroom.apps.NewsroomConfig",
    "newsroom.pages",
    "newsroom.appeals",
    "newsroom.importers",
    "newsroom.redirects",
    "comments",
    "articles",
    "newsroom.apps.DeskConfig",  # django.contrib.admin with our own site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_prose_editor",
    "django_tasks",
    "newsroom.apps.TasksConfig",  # django_tasks_db with a name that is translated
]

MIDDLEWARE = [
    "newsroom.security.TrustedProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "newsroom.security.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "newsroom.redirects.middleware.RedirectMiddleware",
    "newsroom.editions.EditionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "newsroom.urls"
WSGI_APPLICATION = "newsroom.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                "django.template.loaders.filesystem.Loader",
                "django.template.loaders.app_directories.Loader",
            ]
            if DEBUG
            else [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "newsroom.security.csp_nonce",
                # Only the desk's pages use the next two; both are lazy, so readers' pages ask nothing.
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
# Django 6's own default; the setting goes with the upgrade, and its warning until then says nothing new.
warnings.filterwarnings("ignore", message="The FORMS_URLFIELD_ASSUME_HTTPS transitional setting")
FORMS_URLFIELD_ASSUME_HTTPS = True
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"


# Database

DATABASES = {
    "default": dj_database_url.parse(
        env("DATABASE_URL", f"sqlite:///{VAR_DIR / 'newsroom.sqlite3'}"),
        conn_max_age=env_int("CONN_MAX_AGE", 600),
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        # A writer takes its lock at BEGIN: two that read first and write later would otherwise fail at once,
        # whatever the time-out.
        transaction_mode="IMMEDIATE",
        timeout=20,
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728;",
    )
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    INSTALLED_APPS.append("django.contrib.postgres")
    options = DATABASES["default"].setdefault("OPTIONS", {})
    options.setdefault("connect_timeout", 5)
    if options.get("pool"):
        DATABASES["default"]["CONN_MAX_AGE"] = 0  # a pool keeps the connections; the two exclude each other
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# Caches, sessions, tasks

CACHE_URL = env("CACHE_URL")
if CACHE_URL:
    CACHES: dict[str, dict[str, Any]] = {
        "default": {
            "BACKEND": "newsroom.cache.SoftRedisCache",
            "LOCATION": CACHE_URL,
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    }
#: Megabytes of readers' pages that each process keeps (newsroom/pagecache.py); 0 keeps none.
PAGE_CACHE_MB = env_int("PAGE_CACHE_MB", 0 if DEBUG else 64)
#: Caches in front that are told what has gone stale; with none they may keep a page for one second only.
PURGE_URLS = env_list("PURGE_URLS")
SESSION_ENGINE = "django.contrib.sessions.backends.db"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend"
        if env("TASK_QUEUE") == "database"
        else "django_tasks.backends.immediate.ImmediateBackend",
    }
}


# Accounts

AUTHENTICATION_BACKENDS = ["newsroom.accounts.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "admin:index"
LOGOUT_REDIRECT_URL = "/"
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24
#: With it nobody reaches the desk without an authenticator app or a passkey; who has none is led to set one up.
SECOND_FACTOR_REQUIRED = env_bool("SECOND_FACTOR_REQUIRED")
# The second step of signing in is allauth's; the first is our own form (newsroom/accounts.py), and nobody signs up.
ACCOUNT_ADAPTER = "newsroom.second_factor.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
MFA_ADAPTER = "newsroom.second_factor.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate_webauthn": "newsroom.second_factor_forms.AuthenticatePasskeyForm",
    "reauthenticate_webauthn": "newsroom.second_factor_forms.ReauthenticatePasskeyForm",
    "add_webauthn": "newsroom.second_factor_forms.AddPasskeyForm",
    "edit_webauthn": "newsroom.second_factor_forms.RenamePasskeyForm",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # publishers make the accounts; no address here is a claim
MFA_TOTP_TOLERANCE = 1  # half a minute, for phones whose clock is a little off
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS


# Languages and time

LANGUAGE_NAMES = {
    "ar": "العربية",
    "ckb": "کوردی",
    "de": "Deutsch",
    "dv": "ދިވެހި",
    "en": "English",
    "es": "Español",
    "fa": "فارسی",
    "fr": "Français",
    "he": "עברית",
    "ja": "日本語",
    "ks": "کٲشُر",
    "ku": "کوردی",
    "prs": "دری",
    "ps": "پښتو",
    "sd": "سنڌي",
    "syr": "ܣܘܪܝܝܐ",
    "tr": "Türkçe",
    "ur": "اردو",
    "yi": "ייִדיש",
    "zh-hans": "简体中文",
}
#: The editions, the default one first.
LANGUAGES = [(code, LANGUAGE_NAMES.get(code, code)) for code in env_list("LANGUAGES", "en,ar,fa,ur,fr")]
LANGUAGE_CODE = LANGUAGES[0][0]
LANGUAGES_BIDI = sorted(RIGHT_TO_LEFT)  # of Django's own the desk would be left to right in some
TIME_ZONE = env("TIME_ZONE", "UTC")
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [
    BASE_DIR / "newsroom" / "locale",
    BASE_DIR / "newsroom" / "package_locale",  # what the packages' own catalogues lack
]
FORMAT_MODULE_PATH = "newsroom.formats"
_catalogues = [*LOCALE_PATHS, Path(django.__file__).parent / "conf" / "locale"]
_names = (to_locale(LANGUAGE_CODE), LANGUAGE_CODE.split("-")[0])
if not any((folder / name).is_dir() for folder in _catalogues for name in _names):
    # Others fall back to the default edition's words; where that has none, Django would stop and not say what to do.
    raise ImproperlyConfigured(f"LANGUAGES begins with {LANGUAGE_CODE}: put one first that the interface has words in.")
SITE_NAME = env("SITE_NAME", "Newsroom")
MFA_TOTP_ISSUER = SITE_NAME


# Static files and uploads

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [
    *("jpg", "jpeg", "png", "gif", "webp", "avif", "zip", "gz", "br", "woff", "woff2"),
    "map",  # compressing source maps took most of collectstatic's time and no reader asks for them
]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env("MEDIA_ROOT", str(VAR_DIR / "media")))
#: "files", or s3://bucket?endpoint_url=…&region_name=…&custom_domain=… for S3-compatible storage.
MEDIA_STORAGE = env("MEDIA_STORAGE", "files")


def media_storage(setting: str) -> dict:
    if setting == "files":
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    parts = urlsplit(setting)
    if parts.scheme != "s3" or not parts.hostname:
        raise ImproperlyConfigured(f"MEDIA_STORAGE must be files or s3://bucket?…, not {setting!r}.")
    from urllib.parse import parse_qsl

    from botocore.config import Config

    known = {"endpoint_url", "region_name", "custom_domain", "location", "default_acl"}
    options = dict(parse_qsl(parts.query))
    if unknown := set(options) - known:
        raise ImproperlyConfigured(f"MEDIA_STORAGE does not know {', '.join(sorted(unknown))}.")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.hostname,
            "file_overwrite": False,
            "querystring_auth": False,  # a cached page must not hold addresses that expire
            "object_parameters": {"CacheControl": "public, max-age=31536000, immutable"},
            # Stores other than Amazon's refuse the checksums that newer clients add to every upload.
            "client_config": Config(
                request_checksum_calculation="when_required", response_checksum_validation="when_required"
            ),
            **options,
        },
    }


STORAGES = {
    "default": media_storage(MEDIA_STORAGE),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o644
MAX_IMAGE_BYTES = env_int("MAX_IMAGE_BYTES", 25 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000


# Tags

TAGGIT_CASE_INSENSITIVE = True


# E-mail

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
if _email := env("EMAIL_URL"):
    # smtp://user:password@host:587, smtps:// for TLS from the first byte
    _parts = urlsplit(_email)
    if _parts.scheme not in {"smtp", "smtps"} or not _parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL must be like smtp://user:password@host:587.")
    from urllib.parse import unquote

    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _parts.hostname
    EMAIL_PORT = _parts.port or (465 if _parts.scheme == "smtps" else 587)
    EMAIL_HOST_USER = unquote(_parts.username or "")
    EMAIL_HOST_PASSWORD = unquote(_parts.password or "")
    EMAIL_USE_SSL = _parts.scheme == "smtps"
    EMAIL_USE_TLS = _parts.scheme == "smtp" and EMAIL_PORT != 25
EMAIL_TIMEOUT = 5
#: Letters go out beside the request, so that a mail server that hangs holds nobody up (comments/letters.py,
#: newsroom/reset.py).
LETTERS_IN_THREAD = not TESTING
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("DEFAULT_FROM_EMAIL", f"newsroom@{_site.hostname}")
#: Whom security.txt names: an address with its scheme, such as mailto:security@news.example.
SECURITY_CONTACT = env("SECURITY_CONTACT", f"mailto:{DEFAULT_FROM_EMAIL}")
ADMINS = [("", address) for address in env_list("ADMINS")]


# Security

# A cookie's __Host- prefix makes a browser refuse it from a sister host or over plain HTTP.
_prefix = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_prefix}session"
CSRF_COOKIE_NAME = f"{_prefix}csrf"
READER_COOKIE_NAME = f"{_prefix}reader"
LANGUAGE_COOKIE_NAME = f"{_prefix}language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "newsroom.errors.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by a load balancer, from inside
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
#: Hosts whose films show as a link of our own, in whose place they play after a click (static/js/video.js) and never
#: before. The variable adds hosts of PeerTube, which are their own players.
VIDEO_HOSTS = {
    "youtube.com": "YouTube",
    "www.youtube.com": "YouTube",
    "m.youtube.com": "YouTube",
    "www.youtube-nocookie.com": "YouTube",
    "youtu.be": "YouTube",
    "vimeo.com": "Vimeo",
    "www.vimeo.com": "Vimeo",
    "player.vimeo.com": "Vimeo",
    "www.dailymotion.com": "Dailymotion",
    "framatube.org": "PeerTube",
    "peertube.tv": "PeerTube",
    **dict.fromkeys(env_list("VIDEO_HOSTS"), "PeerTube"),
}
if _odd := [host for host in VIDEO_HOSTS if not re.fullmatch(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]{1,5})?", host)]:
    raise ImproperlyConfigured(f"VIDEO_HOSTS must be names of hosts with commas between, not {_odd[0]!r}.")
VIDEO_PLAYERS = {
    "YouTube": "https://www.youtube-nocookie.com",
    "Vimeo": "https://player.vimeo.com",
    "Dailymotion": "https://geo.dailymotion.com",
}
#: Content-Security-Policy in Django 6's form; newsroom/security.py sends it until Django does.
SECURE_CSP = {
    "default-src": ["'self'"],
    "script-src": ["'self'", "<CSP_NONCE>"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-src": [
        "'self'",
        *dict.fromkeys(VIDEO_PLAYERS.get(name, f"https://{host}") for host, name in VIDEO_HOSTS.items()),
    ],
    "frame-ancestors": ["'none'"],
}
if _media_host := STORAGES["default"].get("OPTIONS", {}).get("custom_domain"):
    SECURE_CSP["img-src"].append(f"https://{_media_host}")
SILENCED_SYSTEM_CHECKS = [
    # Both bind hosts that this site knows nothing of; a publisher sets them where the certificate ends.
    "security.W005",  # HSTS for subdomains
    "security.W021",  # HSTS preload
]


# Logging

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"one_line": {"()": "newsroom.security.OneLineFilter"}},
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["one_line"]},
        "mail": {
            "class": "django.utils.log.AdminEmailHandler",
            "level": "ERROR",
            "filters": ["one_line"],
        },
    },
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": ["console", "mail"], "level": "INFO", "propagate": False},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django_tasks": {"level": "WARNING"},  # it says of every task that it began and that it ended
        # A wrong Host header is a stranger's mistake, not ours.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
    },
}


#: Days after which the sum of an appeal is flagged at the desk as old.
APPEAL_FIGURES_DAYS = env_int("APPEAL_FIGURES_DAYS", 30)
#: Hosts that donation links may lead to beside the well-known ones (newsroom/appeals/links.py).
DONATION_HOSTS = env_list("DONATION_HOSTS", "*.example" if TESTING else "")


# Articles

DJANGO_PROSE_EDITOR_EXTENSIONS = [
    {
        "js": [static_lazy("js/placement.js"), static_lazy("js/paste.js")],
        # The package's own sanitiser has nothing to allow: articles/body.py stands in its place.
        "extensions": dict.fromkeys(["Placement", "Paste"], lambda config, nh3_config: None),
    }
]

#: Of each article so many versions stay whatever their age, and older ones for so many days; those that readers have
#: seen stay for good.
VERSIONS_KEPT = env_int("VERSIONS_KEPT", 50)
VERSIONS_KEPT_DAYS = env_int("VERSIONS_KEPT_DAYS", 365)
#: What lies in the trash for so many days is ended by `manage.py empty_trash`.
TRASH_DAYS = env_int("TRASH_DAYS", 30)
if TRASH_DAYS < 1:
    raise ImproperlyConfigured("TRASH_DAYS must be at least 1.")
#: Changes of published articles go to readers only when somebody other than their writer publishes them.
CHANGES_NEED_APPROVAL = env_bool("CHANGES_NEED_APPROVAL")


# Readers

#: Days after which the key changes under which networks are known, and days after which `manage.py
#: purge_personal_data` empties the hashes of networks that comments and votes came from.
NETWORK_KEY_DAYS = env_int("NETWORK_KEY_DAYS", 30)
PERSONAL_DATA_DAYS = env_int("PERSONAL_DATA_DAYS", 60)
if NETWORK_KEY_DAYS < 1:
    raise ImproperlyConfigured("NETWORK_KEY_DAYS must be at least 1.")
if PERSONAL_DATA_DAYS < 1:
    raise ImproperlyConfigured("PERSONAL_DATA_DAYS must be at least 1.")


# Comments

COMMENT_MAX_LENGTH = 4000
#: What becomes of comments where no edition, category or article says: open, held, first_held or closed; and for how
#: many days after the publication of a story, 0 for ever.
COMMENT_MODE = env("COMMENT_MODE", "held")
if COMMENT_MODE not in {"open", "held", "first_held", "closed"}:
    raise ImproperlyConfigured(f"COMMENT_MODE must be open, held, first_held or closed, not {COMMENT_MODE!r}.")
COMMENT_DAYS = env_int("COMMENT_DAYS", 0)
#: Minutes for which writers may change or withdraw their own comment; 0 for never.
COMMENT_EDIT_MINUTES = env_int("COMMENT_EDIT_MINUTES", 10)
#: Answers below answers; an opening comment has depth 0.
COMMENT_MAX_DEPTH = 4
#: Seconds in which nobody has read a form and written into it; a faster comment is held with that reason.
COMMENT_MIN_SECONDS = 3
#: The checks in use, in the order in which moderators read their reasons (comments/checks.py).
COMMENT_CHECKS = env_list(
    "COMMENT_CHECKS",
    "honeypot,bans,banned_words,suspect_words,advertising,links,newcomer,repeat,rejected_before,network_rate,"
    "time_trap,disposable_email,proof_of_work,akismet",
)
#: Links above which a comment is held with that reason, whoever writes it.
COMMENT_MAX_LINKS = env_int("COMMENT_MAX_LINKS", 2)
#: Approved comments below which any link holds a comment, and hosts that anybody may link to.
COMMENT_NEWCOMER = env_int("COMMENT_NEWCOMER", 5)
COMMENT_KNOWN_HOSTS = [
    _site.hostname,
    *env_list("COMMENT_KNOWN_HOSTS", "wikipedia.org,wikimedia.org,archive.org,youtube.com,youtu.be,vimeo.com"),
]
#: Comments of one network in an hour, on all articles together, above which they are held.
COMMENT_NETWORK_RATE = env_int("COMMENT_NETWORK_RATE", 30)
#: How many zero bits the sum of a browser with scripts begins with; 16 take it about a second, 0 asks for none.
COMMENT_WORK_BITS = env_int("COMMENT_WORK_BITS", 0)
#: Reports of readers at which a comment is hidden until a moderator has looked; 0 for never.
COMMENT_REPORTS = env_int("COMMENT_REPORTS", 3)
#: Reports of one network in ten minutes.
COMMENT_REPORT_RATE = 10
AKISMET_KEY = env("AKISMET_KEY")
#: Comments of one network on one article in ten minutes.
COMMENT_RATE = 10


if DEBUG and not TESTING:
    INSTALLED_APPS.append("debug_toolbar")
    MIDDLEWARE.insert(
        MIDDLEWARE.index("django.middleware.gzip.GZipMiddleware") + 1, "debug_toolbar.middleware.DebugToolbarMiddleware"
    )
    INTERNAL_IPS = ["127.0.0.1", "::1"]
    DEBUG_TOOLBAR_CONFIG = {"SHOW_COLLAPSED": True}

if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True  # nothing is gathered before the suite runs
