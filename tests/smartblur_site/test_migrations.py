import pytest
from django.core.management import call_command
from django.db import connection


@pytest.mark.django_db
def test_the_models_have_no_change_without_a_migration():
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
@pytest.mark.promise("R12")
def test_a_server_of_the_former_version_can_insert_annotations_while_the_new_one_starts():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_default FROM information_schema.columns"
            " WHERE table_name = 'annotate_annotation' AND column_name = 'notes'"
        )
        assert cursor.fetchone() == ("'[]'::jsonb",)
