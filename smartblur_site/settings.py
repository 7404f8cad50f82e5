"""Every setting of the site, read from the environment.

With nothing set these suit a laptop: the stores are the embedded ones that `make run` starts, and their addresses
come from `stack.json` in the data folder. A server sets DATABASE_URL, REDIS_URL, SECRET_KEY and ALLOWED_HOSTS.
docs/running.md lists the variables.
"""

import importlib.util
import ipaddress
import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("SMARTBLUR_DATA", BASE_DIR / ".run")).resolve()


def flag(name: str, default: bool) -> bool:
    """Whether the environment variable says yes: 1, true, yes, on; unset means the default."""
    value = os.environ.get(name, "").strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    if value:
        raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no: set it to 1 or 0.")
    return default


def required(name: str, remedy: str) -> str:
    """The environment variable, which a server must set."""
    try:
        return os.environ[name]
    except KeyError:
        raise ImproperlyConfigured(f"{name} is not set: {remedy}") from None


def stack() -> dict[str, str]:
    """The addresses and secrets of the stores: from the environment, else of the running embedded stack."""
    if "DATABASE_URL" in os.environ:
        return {
            "database_url": os.environ["DATABASE_URL"],
            "redis_url": required("REDIS_URL", "give the address of Redis or Valkey, such as redis://redis:6379/0."),
            "secret_key": required("SECRET_KEY", "make one with `openssl rand -base64 48` and keep it."),
        }
    if not DEBUG and not flag("SMARTBLUR_EMBEDDED", False):
        raise ImproperlyConfigured(
            "DEBUG=0 and no DATABASE_URL: a server needs its own Postgres, so set DATABASE_URL and REDIS_URL; "
            "to use the embedded stores all the same, set SMARTBLUR_EMBEDDED=1."
        )
    try:
        return json.loads((DATA_DIR / "stack.json").read_text())
    except FileNotFoundError:
        raise ImproperlyConfigured(
            f"No database: set DATABASE_URL and REDIS_URL, or start the embedded stores with `make run` "
            f"(looked for {DATA_DIR / 'stack.json'})."
        ) from None


ON_SOLID_STATE = "-c random_page_cost=1.1"  # else Postgres walks past 100,000 photos rather than ask an index


def database(url: str) -> dict:
    """Django's settings of the Postgres at `url`: postgres://user:password@host:port/name?option=value."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgres://user:password@host:5432/name.")
    return {
        "ENGINE": "smartblur_site.postgres",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 2, "options": ON_SOLID_STATE, **dict(parse_qsl(parts.query))},
    }


def networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """The networks that the environment variable lists with commas between, such as 10.0.0.0/8."""
    try:
        return [ipaddress.ip_network(each.strip()) for each in os.environ.get(name, "").split(",") if each.strip()]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} lists networks such as 10.1.0.0/16: {error}.") from None


ON_DISK = {
    "default": {"BACKEND": "annotate.storage.ContentStorage"},
    "releases": {"BACKEND": "annotate.storage.ShelfStorage", "OPTIONS": {"shelf": "releases"}},
    "models": {"BACKEND": "annotate.storage.ShelfStorage", "OPTIONS": {"shelf": "models"}},
    "exports": {"BACKEND": "annotate.storage.ShelfStorage", "OPTIONS": {"shelf": "exports"}},
}


def bucket(url: str) -> dict:
    """Django's storages in the bucket at `url`, s3://bucket/prefix; boto3 reads keys and endpoint from AWS_..."""
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise ImproperlyConfigured("SMARTBLUR_FILES must look like s3://bucket or s3://bucket/prefix.")
    if importlib.util.find_spec("storages") is None:
        raise ImproperlyConfigured("SMARTBLUR_FILES needs one package more: pip install -r requirements-s3.txt")
    names = {"default": "media", "releases": "releases", "models": "models", "exports": "exports"}
    prefix = f"{parts.path.strip('/')}/".lstrip("/")
    style = "path" if "AWS_ENDPOINT_URL" in os.environ else "auto"  # a server of one's own has no name for each bucket
    return {
        name: {
            "BACKEND": "annotate.bucket.BucketStorage",
            "OPTIONS": {"bucket_name": parts.netloc, "location": f"{prefix}{folder}", "addressing_style": style},
        }
        for name, folder in names.items()
    }


def oidc() -> dict[str, Any]:
    """The identity provider that people may sign in by (OpenID Connect); empty where the environment names none."""
    if not (issuer := os.environ.get("SMARTBLUR_OIDC_ISSUER")):
        return {}
    remedy = "register the site at the provider, with the address /sign-in/provider/callback/ to come back to."
    return {
        "issuer": issuer,
        "client_id": required("SMARTBLUR_OIDC_CLIENT_ID", remedy),
        "client_secret": required("SMARTBLUR_OIDC_CLIENT_SECRET", remedy),
        "name": os.environ.get("SMARTBLUR_OIDC_NAME") or urlsplit(issuer).hostname,
        "sign_up": flag("SMARTBLUR_OIDC_SIGN_UP", False),
    }


def mail_server(url: str) -> dict[str, Any]:
    """Django's settings of the server that takes our mail: smtp:// with STARTTLS, smtps://, or plain:// nearby."""
    parts, ports = urlsplit(url), {"smtp": 587, "smtps": 465, "plain": 25}
    if parts.scheme not in ports or not parts.hostname:
        raise ImproperlyConfigured(
            "SMARTBLUR_SMTP must look like smtp://user:password@host:587 (or smtps://, plain://)."
        )
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "DEFAULT_FROM_EMAIL": required("SMARTBLUR_MAIL_FROM", "give the address that our mail comes from."),
    }


def site_url() -> str:
    """The address that people type, without a slash at its end: in mail, and what passkeys are made for; or nothing."""
    url = os.environ.get("SMARTBLUR_URL", "").rstrip("/")
    if url and not re.fullmatch(r"https?://[^/?#@]+", url):
        raise ImproperlyConfigured("SMARTBLUR_URL must look like https://blur.example.org, without a path.")
    return url


# Where we are: a laptop with the embedded stores, or a server that brings its own.
ON_LAPTOP = "DATABASE_URL" not in os.environ
DEBUG = flag("DEBUG", default=ON_LAPTOP)
HTTPS = flag("SMARTBLUR_HTTPS", default=not ON_LAPTOP)
STACK = stack()
SECRET_KEY = STACK["secret_key"]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
if ON_LAPTOP:
    ALLOWED_HOSTS += filter(None, os.environ.get("ALLOWED_HOSTS", "").split(","))
else:
    ALLOWED_HOSTS += required("ALLOWED_HOSTS", "name the hosts people will type, such as blur.example.org.").split(",")
CSRF_TRUSTED_ORIGINS = [f"{'https' if HTTPS else 'http'}://{host}" for host in ALLOWED_HOSTS[3:] if host != "*"]

DATABASES = {"default": database(STACK["database_url"])}
REDIS_URL = STACK["redis_url"]
REDIS_OPTIONS = {"socket_timeout": 2, "socket_connect_timeout": 1}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "smartblur_site",
    "modelsvc",
    "annotate",
]
MIDDLEWARE = [
    "smartblur_site.requests.observed",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "smartblur_site.caching.private_by_default",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "annotate.sessions.noted_sessions",
    "django.middleware.locale.LocaleMiddleware",
    "smartblur_site.bodies.bounded_bodies",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "smartblur_site.urls"
WSGI_APPLICATION = "smartblur_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "smartblur_site" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# People
AUTH_USER_MODEL = "annotate.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "annotate.services.accounts.sign_ins.PasswordEndsTokens"},
]
EMAIL_HOST, EMAIL_TIMEOUT = "", 10
if SMTP := os.environ.get("SMARTBLUR_SMTP"):
    globals().update(mail_server(SMTP))
SITE_URL = site_url() or next(iter(CSRF_TRUSTED_ORIGINS), f"http://localhost:{os.environ.get('PORT', 8000)}")
PASSWORD_RESET_TIMEOUT = 24 * 3600  # of a link for a new password
OTP_TOTP_ISSUER = "SmartBlur Studio"
OIDC = oidc()
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
AXES_FAILURE_LIMIT = 10
FAILURES_OF_ADDRESS = 50  # with whatever names; a lab may sit behind one address
AXES_HANDLER = "smartblur_site.guards.SignInGuard"
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the page says how long it takes
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "smartblur_site.api.locked_out"
AXES_CLIENT_IP_CALLABLE = "smartblur_site.guards.client_address"
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # raw tables; a lock is over by itself in minutes

# What the browser may do
SESSION_ENGINE = "annotate.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "smartblur_site.api.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
# Subdomains and browser preload lists are the domain owner's to promise, not ours.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Files
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "frontend" / "dist"]
MEDIA_ROOT = DATA_DIR / "media"
RELEASES_ROOT = DATA_DIR / "releases"
MODELS_ROOT = DATA_DIR / "models"
EXPORTS_ROOT = DATA_DIR / "exports"
DATA_UPLOAD_MAX_NUMBER_FILES = 500
# Django would keep files of up to 2.5 MB in memory: of 500 in a request, more than a gigabyte for each thread.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 2**20  # of a form or JSON; files are bounded by `smartblur_site.bodies`
FILES = os.environ.get("SMARTBLUR_FILES", "")
STORAGES = {
    **(bucket(FILES) if FILES else ON_DISK),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DECODERS = int(os.environ.get("SMARTBLUR_DECODERS", os.cpu_count() or 1))  # processes that look into photos at a time
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/assets/|\.[0-9a-f]{12}\."

# The API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "annotate.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "annotate.authentication.TokenReaches",
    ],
    "DEFAULT_RENDERER_CLASSES": ["smartblur_site.api.ProblemRenderer"],
    "DEFAULT_PARSER_CLASSES": ["smartblur_site.api.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "smartblur_site.api.KeysetPagination",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {"anon": "10/second", "user": "1000/second"},
    "NUM_PROXIES": int(os.environ.get("SMARTBLUR_PROXIES", 0)),
    "EXCEPTION_HANDLER": "smartblur_site.api.problem_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SmartBlur Studio",
    "DESCRIPTION": "Label blur in photos, merge votes, cut releases, train models.",
    "VERSION": "1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated", "annotate.authentication.TokenReaches"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "smartblur_site.schema.add_refusals"],
    "ENUM_NAME_OVERRIDES": {
        "Desirability": "annotate.models.Desirability",
        "ImageState": "annotate.models.Image.State",
        "AnnotationState": "annotate.models.Annotation.State",
        "ConsensusState": "annotate.models.Consensus.State",
        "WorkState": "annotate.models.LeasedWork.State",
        "ReleaseState": "annotate.serializers.releases.SHOWN_STATES",
        "RunState": "modelsvc.serializers.PHASES",
        "ModelStage": "modelsvc.models.ModelVersion.Stage",
        "LabelImportOutputStageEnum": "annotate.models.LabelImport.Stage",
    },
}

# Background work: see smartblur_site/celery.py for why there is no result backend and no late acknowledgement.
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = REDIS_OPTIONS | {"max_retries": 0}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    f"modelsvc.tasks.{name}": {"queue": "gpu"}
    for name in ("train", "evaluate", "preannotate", "look_at_trials", "look_for_clicks")
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "find work left behind": {"task": "annotate.tasks.sweep", "schedule": 10, "options": {"expires": 10}},
    "find model work left behind": {"task": "modelsvc.tasks.sweep", "schedule": 10, "options": {"expires": 10}},
    "send webhooks": {"task": "annotate.tasks.send_webhooks", "schedule": 5, "options": {"expires": 5}},
    "refit consensus": {"task": "annotate.tasks.refit_consensus", "schedule": 60, "options": {"expires": 60}},
}

RUNS_PER_PERSON = int(os.environ.get("SMARTBLUR_RUNS_PER_PERSON", 5))  # trainings that wait or run
TRAINER_NICE = int(os.environ.get("SMARTBLUR_TRAINER_NICE", 10))  # of what gpu workers compute
RENDEZVOUS = os.environ.get("SMARTBLUR_RENDEZVOUS", "")  # host:port where a run's processes meet; free port by default

WEBHOOK_NETWORKS = networks("SMARTBLUR_WEBHOOK_NETWORKS")  # private ones that webhooks may reach

METRICS_TOKEN = os.environ.get("SMARTBLUR_METRICS_TOKEN", "")  # opens /metrics; without one there is none

# The rest
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "smartblur_site" / "locale"]  # before the words of Django's own apps
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_SAMESITE = HTTPS, "Lax"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
JSON_LOG = flag("SMARTBLUR_JSON_LOG", default=False)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request id": {"()": "smartblur_site.requests.WithRequestId"}},
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} [{request_id}]: {message}", "style": "{"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "{levelname}{name}{message}{request_id}",
            "style": "{",
            "rename_fields": {"levelname": "level", "name": "logger"},
            "timestamp": "at",
        },
    },
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "filters": ["request id"],
            "formatter": "json" if JSON_LOG else "line",
        }
    },
    "root": {"handlers": ["stdout"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "smartblur_site.requests": {"level": "INFO" if JSON_LOG else "WARNING"},  # each request is a line
        **{f"celery.{name}": {"level": "WARNING"} for name in ("beat", "app.trace", "worker.strategy")},
        **{name: {"level": "WARNING"} for name in ("boto3", "botocore", "s3transfer")},
    },
}
