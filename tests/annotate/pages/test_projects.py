"""Making a project, its settings, its guide and its workbench."""

import re

import pytest
from django.utils.html import escape

from annotate.models import Annotation, Project
from tests.factories import make_image, make_member, make_user, owner_of
from tests.labels import LEFT_HALF, claim, label
from tests.visits import browser, member_of, told, words

pytestmark = pytest.mark.django_db


def test_settings_change_the_project(project, owner):
    owner.post(
        f"/projects/{project.pk}/settings/",
        {"name": "Faces", "guidelines": "Smile.", "votes_wanted": 4, "hidden_percent": 10, "alike_percent": 40},
    )
    project.refresh_from_db()
    assert (project.name, project.guidelines, project.votes_wanted) == ("Faces", "Smile.", 4)


def test_the_guide_shows_the_projects_own_rules_escaped_and_every_level(project):
    html = member_of(project).get(f"/projects/{project.pk}/guide/").content.decode()
    assert f"<ul><li>Faces first</li><li>{escape('<b>Hands</b>')} next</li></ul>" in html
    assert "<p>Look twice.</p>" in html
    assert re.findall(r'stdDeviation="([\d.]+)"', html) == ["1.8", "3.4", "7.0"]


def test_the_workbench_starts_with_what_it_needs(project):
    user = make_member(project)
    images = [make_image(project), make_image(project)]
    label(claim(project, user), LEFT_HALF, "bad")
    props = browser(user).get(f"/projects/{project.pk}/label/?image={images[1].pk}").context["props"]
    assert (props["image"], props["progress"]) == (images[1].pk, {"done": 1, "total": 2})
    assert (props["project"]["role"], props["project"]["levels"]) == ("annotator", project.levels)
    assert props["past"] == [{"image": images[0].pk, "file_name": images[0].file_name}]


def test_a_photo_settled_is_none_of_ones_own_on_the_workbench(project, owner):
    settled = {"layer": Annotation.Layer.ADJUDICATOR, "state": Annotation.State.SUBMITTED, "document": LEFT_HALF}
    Annotation.objects.create(image=make_image(project), author=owner_of(project), **settled)
    props = owner.get(f"/projects/{project.pk}/label/").context["props"]
    assert props["progress"] == {"done": 0, "total": 1}


def test_guidelines_may_have_headings_strong_words_and_keys(project, owner):
    text = "# Rules\nOne **big** *rule*.\n- Press `Z`\n- **<i>no**\n\n## More\n2 * 3 * 4 and a ` alone"
    owner.post(
        f"/projects/{project.pk}/settings/",
        {"name": "Faces", "guidelines": text, "votes_wanted": 2, "hidden_percent": 10, "alike_percent": 40},
    )
    html = owner.get(f"/projects/{project.pk}/guide/").content.decode()
    for part in (
        "<h3>Rules</h3>",
        "<p>One <strong>big</strong> <em>rule</em>.</p>",
        "<ul><li>Press <code>Z</code></li><li><strong>&lt;i&gt;no</strong></li></ul>",
        "<h3>More</h3>",
        "<p>2 * 3 * 4 and a ` alone</p>",
    ):
        assert part in html


def test_a_fixed_number_of_people_is_raised_alone_and_a_most_makes_it_a_range(owner, project):
    page = f"/projects/{project.pk}/settings/"
    assert owner.get(page).context["form"]["votes_most"].value() is None
    fields = {"name": "Faces", "hidden_percent": 10, "alike_percent": 40}
    owner.post(page, fields | {"votes_wanted": 3, "votes_most": ""})
    project.refresh_from_db()
    assert (project.votes_wanted, project.votes_most) == (3, 3)
    owner.post(page, fields | {"votes_wanted": 3, "votes_most": 6})
    project.refresh_from_db()
    assert (project.votes_wanted, project.votes_most) == (3, 6)
    refused = owner.post(page, fields | {"votes_wanted": 3, "votes_most": 2})
    assert "fewer at most than at least" in refused.content.decode()


def test_an_owner_archives_a_project_and_takes_it_out_again(project, owner):
    address = f"/projects/{project.pk}/"
    put_away = owner.post(f"{address}archive/")
    assert put_away["Location"] == address
    looked_at = words(owner.get(address))
    assert ("This project was archived" in looked_at, "Bring photos in" in looked_at) == (True, False)
    refused = owner.get(f"{address}label/")
    assert (refused.status_code, refused["Location"]) == (302, address)
    assert told(refused)[-1].startswith("This project is archived.")
    assert "1 archived project" in words(owner.get("/"))
    assert f'href="{address}queue/"' not in owner.get(address).content.decode()
    assert owner.post(f"{address}archive/", {"restore": "1"})["Location"] == f"{address}queue/"
    assert owner.get(f"{address}label/").status_code == 200


def test_a_curator_copies_a_project_with_its_people_and_photos(project):
    make_image(project, file_name="cat.jpg")
    curator = member_of(project, "curator")
    assert "Copy of Portraits" in curator.get(f"/projects/{project.pk}/copy/").content.decode()
    form = {"name": "Portraits 2", "with_members": "on", "with_photos": "on"}
    made = curator.post(f"/projects/{project.pk}/copy/", form)
    copy = Project.objects.get(name="Portraits 2")
    assert (made["Location"], told(made)) == (f"/projects/{copy.pk}/", ["Portraits 2 is made; you own it."])
    assert (copy.memberships.count(), copy.images.get().file_name) == (2, "cat.jpg")
    assert "Something is missing here." in words(curator.post(f"/projects/{project.pk}/copy/", {"name": ""}))


def test_only_owners_archive_and_only_curators_copy(project):
    people = [member_of(project, "curator"), member_of(project)]
    assert [each.post(f"/projects/{project.pk}/archive/").status_code for each in people] == [403, 403]
    assert [each.get(f"/projects/{project.pk}/copy/").status_code for each in people] == [200, 403]
    assert browser(make_user()).get(f"/projects/{project.pk}/copy/").status_code == 404
