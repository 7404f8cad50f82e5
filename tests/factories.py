"""Real rows and tiny real photos for tests."""

import contextlib
import functools
import io
import itertools
import re
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageFilter
from django.urls import Resolver404, resolve
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from annotate.models import Image, Membership, Project, Role, User
from annotate.services.photos.images import Source, ingest_image
from annotate.services.teams.projects import create_project

PASSWORD = "correct horse 17 staple"
CC0 = Source(license="CC0-1.0")
_numbers = itertools.count(1)


def make_user(name: str = "", **fields: Any) -> User:
    """A user whose password is PASSWORD."""
    return User.objects.create_user(name or f"user{next(_numbers)}", password=PASSWORD, **fields)


def make_project(owner: User | None = None, **fields: Any) -> Project:
    """A project, and the user who owns it unless one is given."""
    fields = {"hidden_percent": 0, "authors": "Doe, Jane", "label_license": "CC-BY-4.0"} | fields
    return create_project(fields.pop("name", f"Project {next(_numbers)}"), by=owner or make_user(), **fields)


def owner_of(project: Project) -> User:
    """The first owner of the project."""
    return User.objects.filter(memberships__project=project, memberships__role=Role.OWNER).order_by("pk")[0]


def make_member(project: Project, role: str = Role.ANNOTATOR, user: User | None = None) -> User:
    """A user, new unless given, with that role in the project."""
    user = user or make_user()
    Membership.objects.create(project=project, user=user, role=role)
    return user


def photo_bytes(
    width: int = 48, height: int = 32, *, seed: int | None = None, format: str = "JPEG", **save: Any
) -> bytes:
    """A photo of noise; without a seed each call makes another one."""
    random = np.random.default_rng(next(_numbers) + 1_000_000 if seed is None else seed)
    pixels = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    file = io.BytesIO()
    PIL.Image.fromarray(pixels).save(file, format, **save)
    return file.getvalue()


def make_image(
    project: Project, data: bytes | None = None, *, file_name: str = "photo.jpg", source: Source = CC0
) -> Image:
    """An image that came in through the gate."""
    data = data or photo_bytes()
    image, _ = ingest_image(data, file_name=file_name, project=project, by=owner_of(project), source=source)
    return image


@functools.cache
def documented_statuses() -> dict[tuple[str, str], set[int]]:
    """What the OpenAPI schema says of each operation: (path, method) -> statuses."""
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    return {
        (path, method.upper()): {int(status) for status in operation["responses"]}
        for path, operations in paths.items()
        for method, operation in operations.items()
    }


class DocumentedClient(APIClient):
    """A client that takes no refusal that the schema does not tell of."""

    def request(self, **request: Any) -> Any:
        """The answer."""
        response = super().request(**request)
        with contextlib.suppress(Resolver404):
            path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", resolve(request["PATH_INFO"]).route)
            known = documented_statuses().get((path, request["REQUEST_METHOD"]), {response.status_code})
            is_told = response.status_code in known or not 400 <= response.status_code < 500
            assert is_told, (path, request["REQUEST_METHOD"], response.status_code)
        return response


def client_of(user: User | None) -> APIClient:
    """An API client signed in as the user, with CSRF checks as in a browser; None is anonymous."""
    client = DocumentedClient(enforce_csrf_checks=True)
    if user is not None:
        client.force_authenticate(user)
    return client


def photo_with_soft_background(width: int = 192, height: int = 128, *, seed: int) -> bytes:
    """A JPEG whose middle is sharp and whose rest is out of focus."""
    noise = np.random.default_rng(seed).integers(0, 256, (height // 4, width // 4, 3), dtype=np.uint8)
    sharp = PIL.Image.fromarray(noise).resize((width, height), PIL.Image.Resampling.NEAREST)
    photo = sharp.filter(PIL.ImageFilter.GaussianBlur(3))
    middle = (width * 2 // 5, height * 2 // 5, width * 3 // 5, height * 3 // 5)
    photo.paste(sharp.crop(middle), middle)
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=92)
    return file.getvalue()


def resaved(photo: bytes) -> bytes:
    """The photo as a JPEG of less quality: another file that looks alike."""
    file = io.BytesIO()
    PIL.Image.open(io.BytesIO(photo)).save(file, "JPEG", quality=40)
    return file.getvalue()
