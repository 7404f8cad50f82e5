import json

import pytest
from django.core.management import call_command

from annotate.management.commands import load_sample
from annotate.models import Image, Project, User
from annotate.services.photos.derivatives import render_derivatives

pytestmark = pytest.mark.django_db


def test_the_sample_is_real_photos_with_their_terms_and_how_to_label_them(capsys):
    call_command("load_sample")
    project = Project.objects.get(name="Sample")
    names = set(project.images.values_list("file_name", flat=True))
    assert names >= {"china.jpg", "flower.jpg", "astronaut.png", "chelsea.png", "coffee.png", "clock_motion.png"}
    assert not project.images.filter(license="").exists()
    assert not project.images.filter(attribution="").exists()
    assert "Is there blur at all?" in project.guidelines
    assert project.images.get(file_name="china.jpg").size == (640, 427)
    owner = User.objects.get()
    assert (owner.username, owner.is_superuser) == ("owner", True)
    assert project.memberships.get().role == "owner"
    password = capsys.readouterr().out.split("Password:")[1].split()[0]
    assert owner.check_password(password)


def test_the_second_time_nothing_is_made(capsys):
    call_command("load_sample")
    before = list(Image.objects.values_list("pk", flat=True))
    Project.objects.update(guidelines="Ours.")
    capsys.readouterr()
    call_command("load_sample")
    assert list(Image.objects.values_list("pk", flat=True)) == before
    assert Project.objects.get().guidelines == "Ours."
    assert "Password:" not in capsys.readouterr().out


def test_previews_of_the_sample_can_be_made():
    call_command("load_sample")
    assert render_derivatives() == Image.objects.count()
    assert not Image.objects.exclude(derivative__state="done").exists()


def test_a_missing_package_is_exit_code_2(capsys, monkeypatch):
    monkeypatch.setattr(load_sample.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as end:
        call_command("load_sample")
    assert end.value.code == 2
    assert json.loads(capsys.readouterr().err)["code"] == "sample_missing"
    assert not User.objects.exists()
