import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVER = {
    "DATABASE_URL": "postgres://ann:p%40ss@db.example.org:5433/blur?sslmode=require",
    "REDIS_URL": "redis://redis.example.org:6379/0",
    "SECRET_KEY": "abcdefgh" * 8,
    "ALLOWED_HOSTS": "blur.example.org",
}


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a Python process says that has nothing but `environment` set."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    argv = [sys.executable, "-c", code]
    return subprocess.run(argv, cwd=ROOT, env=bare | environment, capture_output=True, text=True)


def settings(names: str, **environment: str) -> list:
    """The values of some settings under `environment`."""
    code = f"import json; from smartblur_site.settings import *; print(json.dumps([{names}]))"
    answer = python(code, **environment)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def refusal(**environment: str) -> str:
    """The sentence with which settings refuse `environment`."""
    answer = python("import smartblur_site.settings", **environment)
    last = answer.stderr.strip().splitlines()[-1]
    name, _, sentence = last.partition(": ")
    assert name == "django.core.exceptions.ImproperlyConfigured"
    return sentence


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in SERVER.items() if key != name}


def test_without_stores_both_remedies_are_named(tmp_path):
    assert refusal(SMARTBLUR_DATA=str(tmp_path)) == (
        "No database: set DATABASE_URL and REDIS_URL, or start the embedded stores with `make run` "
        f"(looked for {tmp_path / 'stack.json'})."
    )


def test_a_server_refuses_the_embedded_stores_unless_told_otherwise(tmp_path):
    stack = {"database_url": "postgres://a:b@127.0.0.1:1/c", "redis_url": "redis://127.0.0.1:2/0", "secret_key": "s"}
    (tmp_path / "stack.json").write_text(json.dumps(stack))
    embedded = {"SMARTBLUR_DATA": str(tmp_path), "DEBUG": "0"}
    assert "set SMARTBLUR_EMBEDDED=1" in refusal(**embedded)
    assert settings("DEBUG, REDIS_URL", SMARTBLUR_EMBEDDED="1", **embedded) == [False, "redis://127.0.0.1:2/0"]


@pytest.mark.parametrize("name", ["REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS"])
def test_a_server_must_set(name):
    assert refusal(**without(name)).startswith(f"{name} is not set: ")


@pytest.mark.parametrize("url", ["mysql://a:b@c/d", "postgres://a:b@c", "nonsense"])
def test_a_database_url_of_another_kind_is_refused(url):
    assert "DATABASE_URL must look like postgres://" in refusal(**SERVER | {"DATABASE_URL": url})


def test_files_lie_on_this_disk_or_in_the_bucket_that_one_setting_names():
    stores = "[STORAGES[name]['BACKEND'] for name in ('default', 'releases', 'models')]"
    folder, shelf, bucket = (
        f"annotate.{name}" for name in ("storage.ContentStorage", "storage.ShelfStorage", "bucket.BucketStorage")
    )
    assert settings(stores, **SERVER) == [[folder, shelf, shelf]]
    assert settings(stores, **SERVER, SMARTBLUR_FILES="s3://blur") == [[bucket, bucket, bucket]]
    options = "[STORAGES[name]['OPTIONS'] for name in ('default', 'models')]"
    own = {"bucket_name": "blur", "addressing_style": "path"}
    assert settings(options, **SERVER, SMARTBLUR_FILES="s3://blur/a/b/", AWS_ENDPOINT_URL="http://minio:9000") == [
        [own | {"location": "a/b/media"}, own | {"location": "a/b/models"}]
    ]


@pytest.mark.parametrize("url", ["blur", "https://s3.example.org/blur", "s3://"])
def test_an_address_of_files_of_another_kind_is_refused(url):
    assert "SMARTBLUR_FILES must look like s3://bucket" in refusal(**SERVER, SMARTBLUR_FILES=url)


def test_a_flag_is_yes_or_no():
    assert refusal(**SERVER, DEBUG="perhaps") == "DEBUG='perhaps' is neither yes nor no: set it to 1 or 0."


def test_a_database_url_is_taken_apart():
    (database,) = settings("DATABASES['default']", **SERVER)
    assert {key: database[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "blur",
        "USER": "ann",
        "PASSWORD": "p@ss",
        "HOST": "db.example.org",
        "PORT": 5433,
    }
    assert database["OPTIONS"] == {"connect_timeout": 2, "options": "-c random_page_cost=1.1", "sslmode": "require"}


def test_a_server_is_strict_by_default():
    names = "DEBUG, SESSION_COOKIE_SECURE, CSRF_COOKIE_SECURE, SECURE_SSL_REDIRECT, CSRF_TRUSTED_ORIGINS"
    assert settings(names, **SERVER) == [False, True, True, True, ["https://blur.example.org"]]


@pytest.mark.promise("S13")
def test_deploy_checks_find_nothing():
    answer = python(
        "from manage import execute_from_command_line as run; run(['', 'check', '--deploy'])",
        **SERVER,
        DJANGO_SETTINGS_MODULE="smartblur_site.settings",
    )
    assert (answer.returncode, answer.stdout) == (0, "System check identified no issues (2 silenced).\n")


@pytest.mark.promise("L5")
def test_the_site_loads_no_torch():
    code = """
import sys, django
django.setup()
from django.urls import get_resolver
import smartblur_site.wsgi, smartblur_site.celery
smartblur_site.celery.app.loader.import_default_modules()
get_resolver().url_patterns
print(sorted({"torch", "safetensors", "skimage", "sklearn", "scipy", "pillow_heif"} & set(sys.modules)))
"""
    answer = python(code, **SERVER, DJANGO_SETTINGS_MODULE="smartblur_site.settings")
    assert (answer.stdout, answer.returncode) == ("[]\n", 0), answer.stderr


def test_a_server_for_mail_and_an_identity_provider_come_from_the_environment():
    assert settings("EMAIL_HOST, OIDC", **SERVER) == ["", {}]
    mail = {"SMARTBLUR_SMTP": "smtp://us%40er:p%3Aw@mail.example.org", "SMARTBLUR_MAIL_FROM": "blur@example.org"}
    names = "EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_TLS, EMAIL_USE_SSL, SITE_URL"
    expected = ["mail.example.org", 587, "us@er", "p:w", True, False, "https://blur.example.org"]
    assert settings(names, **SERVER, **mail) == expected
    assert settings("SITE_URL", **SERVER, SMARTBLUR_URL="https://lab.example.org:8443/") == [
        "https://lab.example.org:8443"
    ]
    assert refusal(**SERVER, SMARTBLUR_URL="lab.example.org/blur").startswith("SMARTBLUR_URL must look like https://")
    assert refusal(**SERVER, SMARTBLUR_SMTP="mail.example.org").startswith("SMARTBLUR_SMTP must look like smtp://")
    assert "SMARTBLUR_MAIL_FROM is not set" in refusal(**SERVER, SMARTBLUR_SMTP="plain://localhost")
    issuer = {"SMARTBLUR_OIDC_ISSUER": "https://id.example.org/lab", "SMARTBLUR_OIDC_CLIENT_ID": "blur"}
    assert "SMARTBLUR_OIDC_CLIENT_SECRET is not set" in refusal(**SERVER, **issuer)
    (oidc,) = settings("OIDC", **SERVER, **issuer, SMARTBLUR_OIDC_CLIENT_SECRET="kept")
    assert (oidc["name"], oidc["sign_up"]) == ("id.example.org", False)
