"""What the site holds of a person, for them to take away."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from typing import IO

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import BinaryField, Field, ForeignObjectRel, Model

from annotate.models import User
from annotate.services import audit

SECRET = {"password", "digest", "key", "session_key", "session_data"}  # they open doors, and are nobody's data
ROWS_AT_ONCE = 500


def write_archive(user: User, file: IO[bytes]) -> None:
    """Write a zip: the account, and a JSON list for each way in which a row names the person.

    Maps that were merged from theirs, and photos' bytes, are not in it: they are the project's.
    """
    audit.record("person.exported", user, by=user, project=None)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        account = User.objects.values(*shown_fields(User)).get(pk=user.pk)
        archive.writestr("account.json", to_json(account))
        for relation in relations():
            rows = relation.related_model._base_manager.filter(**{relation.field.name: user}).order_by("pk")
            if rows.exists():
                with archive.open(f"{name_of(relation)}.json", "w") as out:
                    out.writelines(json_list(rows.values(*shown_fields(relation.related_model)).iterator(ROWS_AT_ONCE)))


def relations() -> list[ForeignObjectRel]:
    """Every way in which a row of any table names a person."""
    found = User._meta.get_fields(include_hidden=True)
    return [each for each in found if isinstance(each, ForeignObjectRel) and not each.many_to_many]


def name_of(relation: ForeignObjectRel) -> str:
    """Such as annotation.author."""
    return f"{relation.related_model._meta.model_name}.{relation.field.name}"


def shown_fields(model: type[Model]) -> list[str]:
    """The columns that are told: no secrets, no pictures."""
    columns: list[Field] = model._meta.concrete_fields
    return [each.attname for each in columns if each.name not in SECRET and not isinstance(each, BinaryField)]


def json_list(rows: Iterator[dict[str, object]]) -> Iterator[bytes]:
    """The rows as one JSON list, a row at a time."""
    before = b"[\n"
    for row in rows:
        yield before + to_json(row).encode()
        before = b",\n"
    yield b"\n]\n"


def to_json(row: dict[str, object]) -> str:
    """A row, its times in ISO 8601."""
    return json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
