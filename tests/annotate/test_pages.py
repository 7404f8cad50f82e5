"""The HTML pages: who sees which, what the plain forms do, and how few queries they take."""

import io
import re

import numpy as np
import PIL.Image
import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape

from annotate.models import ApiToken, Consensus, Image, Invitation, Membership, Project, Release, Role, User
from annotate.services import people, queue
from annotate.services.preannotations import save_preannotation
from tests.factories import PASSWORD, make_image, make_member, make_project, make_user, owner_of, photo_bytes
from tests.labels import LEFT_HALF, RIGHT_HALF, claim, label, label_image

pytestmark = pytest.mark.django_db

QUERY_BOUND = 12
LEAST_ROLE = {  # of each page below /projects/ID/
    "": Role.ANNOTATOR,
    "queue/": Role.ANNOTATOR,
    "label/": Role.ANNOTATOR,
    "guide/": Role.ANNOTATOR,
    "releases/": Role.RESEARCHER,
    "people/": Role.CURATOR,
    "releases/new/": Role.CURATOR,
    "settings/": Role.OWNER,
}


@pytest.fixture
def project():
    return make_project(
        name="Portraits", votes_wanted=2, guidelines="Look twice.\n\n- Faces first\n- <b>Hands</b> next"
    )


@pytest.fixture
def owner(project):
    return browser(owner_of(project))


def browser(user: User | None = None) -> Client:
    """A browser in which the user is signed in; without one, nobody is."""
    client = Client()
    if user:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def member_of(project, role=Role.ANNOTATOR) -> Client:
    return browser(make_member(project, role))


def words(response) -> str:
    """What a page says, tags left out and blanks joined."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def told(response) -> list[str]:
    """What the next page will say on top."""
    return [str(message) for message in get_messages(response.wsgi_request)]


# Who sees what --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", LEAST_ROLE)
def test_a_page_opens_from_its_least_role_on(project, place):
    for role in Role:
        allowed = list(Role).index(role) >= list(Role).index(LEAST_ROLE[place])
        response = member_of(project, role).get(f"/projects/{project.pk}/{place}")
        assert (role, response.status_code) == (role, 200 if allowed else 403)


@pytest.mark.parametrize("place", LEAST_ROLE)
def test_strangers_get_404_and_anonymous_visitors_the_sign_in_page(project, place):
    path = f"/projects/{project.pk}/{place}"
    assert browser(make_user()).get(path).status_code == 404
    response = browser().get(path)
    assert (response.status_code, response["Location"]) == (302, f"/sign-in/?next={path}")


def test_another_projects_photo_is_not_found_below_ones_own(project, owner):
    image = make_image(make_project())
    for path in ("", "map.png", "model.png", "maps/1.png"):
        assert owner.get(f"/projects/{project.pk}/photos/{image.pk}/{path}").status_code == 404
    assert owner.get(f"/projects/{project.pk}/label/?image={image.pk}").status_code == 404


def test_the_bar_shows_only_the_places_of_ones_role(project):
    places = re.findall(
        r'href="/projects/\d+/(\w*)/?"', member_of(project).get(f"/projects/{project.pk}/").content.decode()
    )
    assert set(places) == {"", "queue", "guide"}


@pytest.mark.parametrize("path", ["/", "/account/", "/projects/new/", "/account/password/"])
def test_pages_of_ones_own_need_a_sign_in(path):
    assert browser().get(path)["Location"] == f"/sign-in/?next={path}"


def test_pages_have_a_title_one_heading_and_no_inline_script_or_style(project, owner):
    image = make_image(project)
    label_image(image, LEFT_HALF, "good", "good")
    paths = ["/", "/account/", "/projects/new/", *(f"/projects/{project.pk}/{page}" for page in LEAST_ROLE)]
    for path in [*paths, f"/projects/{project.pk}/photos/{image.pk}/"]:
        html = owner.get(path).content.decode()
        assert (path, len(re.findall("<h1", html)), len(re.findall("<main", html))) == (path, 1, 1)
        assert re.search(r"<title>\S.* · SmartBlur Studio</title>", html)
        scripts = re.findall(r"<script(?![^>]*\b(?:src|type=.application/json))", html)
        assert (path, scripts, re.findall(r"\sstyle=|<style|\son\w+=", html)) == (path, [], [])


# Signing in -----------------------------------------------------------------------------------------------------------


def test_signing_in_leads_where_one_was_going(project):
    client, path = browser(), f"/projects/{project.pk}/guide/"
    user = make_member(project)
    response = client.post("/sign-in/", {"username": user.username, "password": PASSWORD, "next": path})
    assert response["Location"] == path
    assert client.get(path).status_code == 200


def test_a_wrong_password_is_told_in_words_and_ten_rest_the_sign_in():
    user, client = make_user(), browser()
    wrong = {"username": user.username, "password": "not it"}
    assert "Please enter a correct username and password" in words(client.post("/sign-in/", wrong))
    answers = [client.post("/sign-in/", wrong).status_code for _ in range(9)]
    assert answers[-1] == 429
    page = client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    assert page.status_code == 429
    assert "Too many failed sign-ins. Wait 15 minutes and try again." in words(page)


def test_signing_out_takes_a_post(owner):
    assert owner.get("/sign-out/").status_code == 405
    assert owner.post("/sign-out/")["Location"] == "/sign-in/"
    assert owner.get("/account/").status_code == 302


# Invitations ----------------------------------------------------------------------------------------------------------


def test_an_invitation_link_makes_an_account_and_a_member(project, owner):
    page = owner.post(f"/projects/{project.pk}/people/invite/", {"role": "curator"})
    link = re.search(r'value="http://testserver(/join/[^"]+)"', page.content.decode())[1]
    visitor = browser()
    assert f"Join {project.name}" in words(visitor.get(link))
    response = visitor.post(link, {"username": "nia", "password": "a long enough secret"})
    assert response["Location"] == f"/projects/{project.pk}/queue/"
    assert Membership.objects.get(user__username="nia").role == "curator"
    assert visitor.get(f"/projects/{project.pk}/people/").status_code == 200
    assert browser().get(link).status_code == 404


def test_a_person_who_is_signed_in_joins_with_their_account(project):
    _, token = people.create_invitation(project, role="annotator", by=owner_of(project))
    user = make_user()
    assert browser(user).post(f"/join/{token}/").status_code == 302
    assert Membership.objects.get(user=user).project == project


def test_a_name_that_is_taken_and_a_weak_password_are_told_below_their_fields(project):
    _, token = people.create_invitation(project, role="annotator", by=owner_of(project))
    make_user("taken")
    page = browser().post(f"/join/{token}/", {"username": "taken", "password": "a long enough secret"})
    assert page.context["form"].errors == {"username": ["This name is taken. Choose another."]}
    page = browser().post(f"/join/{token}/", {"username": "nia", "password": "short"})
    assert list(page.context["form"].errors) == ["password"]
    assert not User.objects.filter(username="nia").exists()


def test_a_revoked_invitation_opens_nothing(project, owner):
    invitation, token = people.create_invitation(project, role="annotator", by=owner_of(project))
    owner.post(f"/projects/{project.pk}/invitations/{invitation.pk}/revoke/")
    page = browser().get(f"/join/{token}/")
    assert (page.status_code, "Ask for a new link" in words(page)) == (404, True)
    assert not Invitation.objects.open().exists()


# People ---------------------------------------------------------------------------------------------------------------


def test_an_owner_changes_a_role_and_removes_a_member(project, owner):
    user = make_member(project)
    member = Membership.objects.get(user=user)
    owner.post(f"/projects/{project.pk}/people/{member.pk}/role/", {"role": "curator"})
    member.refresh_from_db()
    assert member.role == "curator"
    owner.post(f"/projects/{project.pk}/people/{member.pk}/remove/")
    assert not Membership.objects.filter(user=user).exists()


def test_the_last_owner_stays_and_is_told_why(project, owner):
    member = Membership.objects.get(user=owner_of(project))
    response = owner.post(f"/projects/{project.pk}/people/{member.pk}/remove/")
    assert told(response) == ["A project needs an owner. Make somebody else owner first."]
    assert Membership.objects.filter(pk=member.pk).exists()


@pytest.mark.parametrize("act", ["invite/", "1/role/", "1/remove/"])
def test_only_owners_change_people(project, act):
    assert member_of(project, Role.CURATOR).post(f"/projects/{project.pk}/people/{act}").status_code == 403


# Account --------------------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_revoked_by_its_owner_only():
    user = make_user()
    client = browser(user)
    page = client.post("/account/", {"name": "export script", "days": 30})
    key, token = page.context["key"], ApiToken.objects.get(user=user)
    assert f'value="{key}"' in page.content.decode()
    assert key not in client.get("/account/").content.decode()
    assert browser(make_user()).post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert ApiToken.objects.usable().count() == 1
    client.post(f"/account/tokens/{token.pk}/revoke/")
    assert ApiToken.objects.usable().count() == 0


# Home and queue -------------------------------------------------------------------------------------------------------


def test_home_without_a_project_offers_to_make_one():
    page = browser(make_user()).get("/")
    assert "No project yet" in words(page)
    assert 'href="/projects/new/"' in page.content.decode()


def test_home_with_one_project_is_its_queue_and_with_two_a_choice(project):
    user = make_member(project)
    make_image(project)
    assert "1 photo waits for you" in words(browser(user).get("/"))
    other = make_project()
    make_member(other, user=user)
    page = browser(user).get("/")
    assert {project.name, other.name} <= {each.project.name for each in page.context["memberships"]}
    assert page.context["waiting"] == {project.pk: 1}


def test_the_queue_counts_ones_own_work_and_shows_the_last_twelve(project):
    user = make_member(project)
    images = [make_image(project) for _ in range(14)]
    for _ in images[:13]:
        label(claim(project, user), LEFT_HALF, "bad")
    page = browser(user).get(f"/projects/{project.pk}/queue/")
    assert (page.context["waiting"], page.context["done"]["count"], len(page.context["recent"])) == (1, 13, 12)
    assert {each.vote for each in page.context["recent"]} == {"bad"}
    assert page.context["recent"][0].image.pk == images[12].pk


def test_curators_see_how_far_the_project_is_and_annotators_do_not(project, owner):
    label_image(make_image(project), LEFT_HALF, "good", "good")
    label_image(make_image(project), LEFT_HALF, "good")
    make_image(project)
    funnel = owner.get(f"/projects/{project.pk}/queue/").context["funnel"]
    assert {state: count for state, _, count in funnel if count} == {"new": 1, "labelled": 1, "agreed": 1}
    assert not member_of(project).get(f"/projects/{project.pk}/queue/").context["funnel"]


# Photos ---------------------------------------------------------------------------------------------------------------


def shown(page) -> list[str]:
    return [image.file_name for image in page.context["images"]]


def test_photos_are_filtered_by_state_and_name_and_paged(project, owner, monkeypatch):
    monkeypatch.setattr("annotate.pages.photos.PAGE_SIZE", 2)
    images = [make_image(project, file_name=f"{name}.jpg") for name in ("ada", "bea", "cat", "bear")]
    label_image(images[2], LEFT_HALF, "good", "good")
    path = f"/projects/{project.pk}/"
    first = owner.get(path)
    assert (shown(first), first.context["older"]) == (["bear.jpg", "cat.jpg"], images[2].pk)
    assert shown(owner.get(path, {"before": images[2].pk})) == ["bea.jpg", "ada.jpg"]
    assert shown(owner.get(path, {"state": "agreed"})) == ["cat.jpg"]
    assert shown(owner.get(path, {"q": "BEA"})) == ["bear.jpg", "bea.jpg"]
    assert "No file name here contains" in words(owner.get(path, {"q": "zebra"}))


@pytest.mark.parametrize("odd", [{"before": "²"}, {"before": "9" * 30}, {"state": "\0"}, {"q": "\0%_"}])
def test_an_odd_address_is_a_page_all_the_same(project, owner, odd):
    make_image(project)
    assert owner.get(f"/projects/{project.pk}/", odd).status_code == 200


def upload(client, project, *files, **fields):
    named = [SimpleUploadedFile(name, data, "image/jpeg") for name, data in files]
    return client.post(f"/projects/{project.pk}/upload/", {"files": named, "license": "CC0-1.0", **fields})


def test_the_plain_form_takes_many_photos_and_tells_of_each_refusal(project, owner):
    photo = photo_bytes()
    response = upload(
        owner, project, ("a.jpg", photo), ("again.jpg", photo), ("b.jpg", photo_bytes()), ("c.jpg", b"no")
    )
    assert sorted(project.images.values_list("file_name", flat=True)) == ["a.jpg", "b.jpg"]
    new, known, refused = told(response)
    assert (new, known) == ("2 photos came in.", "1 was here already; nothing is kept twice.")
    assert refused.startswith("c.jpg: ")


def test_a_licence_that_asks_for_credit_needs_one(project, owner):
    page = upload(owner, project, ("a.jpg", photo_bytes()), license="CC-BY-4.0")
    assert list(page.context["upload_form"].errors) == ["attribution"]
    assert not project.images.exists()


def test_annotators_bring_nothing_in(project):
    client = member_of(project)
    assert upload(client, project, ("a.jpg", photo_bytes())).status_code == 403
    assert "data-island" not in client.get(f"/projects/{project.pk}/").content.decode()


# One photo ------------------------------------------------------------------------------------------------------------


def test_curators_see_everybodys_work_on_a_photo_and_annotators_their_own(project, owner):
    image = make_image(project)
    first, second = label_image(image, LEFT_HALF, "good", "bad")
    path = f"/projects/{project.pk}/photos/{image.pk}/"
    page = owner.get(path)
    assert [(each.author, each.vote) for each in page.context["annotations"]] == [(first, "good"), (second, "bad")]
    assert sum(ppm for _, ppm, _ in page.context["said"]) == 1_000_000
    own = browser(first).get(path)
    assert [each.author for each in own.context["annotations"]] == [first]
    assert ("said" in own.context, second.username in words(own)) == (False, False)


def test_a_map_is_a_picture_in_which_brighter_is_more_blur(project, owner):
    image = make_image(project)
    (author, _) = label_image(image, LEFT_HALF, "good", "good")
    own = author.annotations.get()
    for path in ("map.png", f"maps/{own.pk}.png"):
        response = owner.get(f"/projects/{project.pk}/photos/{image.pk}/{path}")
        picture = np.asarray(PIL.Image.open(io.BytesIO(response.content)).convert("LA"))
        assert picture.shape == (32, 48, 2)
        assert picture[0, 0].tolist() == [170, 255]
        assert picture[0, 47].tolist() == [0, 255]


def test_what_nobody_labelled_is_see_through_in_a_map(project, owner):
    image = make_image(project)
    blank = LEFT_HALF | {"base": None}
    save_preannotation(
        image,
        model_name="m",
        model_version=1,
        weights_sha256="a" * 64,
        document=blank,
        probabilities_ppm=[0, 0, 0, 1_000_000],
        uncertainty_ppm=0,
    )
    response = owner.get(f"/projects/{project.pk}/photos/{image.pk}/model.png")
    assert np.asarray(PIL.Image.open(io.BytesIO(response.content)).convert("LA"))[0, 47, 1] == 0


def test_an_annotator_cannot_see_anothers_map_nor_the_merged_one(project):
    image = make_image(project)
    first, second = label_image(image, LEFT_HALF, "good", "good")
    theirs = second.annotations.get()
    client = browser(first)
    assert client.get(f"/projects/{project.pk}/photos/{image.pk}/maps/{theirs.pk}.png").status_code == 404
    assert client.get(f"/projects/{project.pk}/photos/{image.pk}/map.png").status_code == 403


def test_a_curator_settles_a_dispute(project, owner):
    image = make_image(project)
    (first,) = label_image(image, LEFT_HALF, "bad")
    label_image(image, RIGHT_HALF, "good")
    decision = {"annotation": first.annotations.get().pk, "desirability": "bad", "reason": "The face is blurred."}
    path = f"/projects/{project.pk}/photos/{image.pk}/"
    assert owner.post(f"{path}settle/", decision)["Location"] == path
    settled = Consensus.objects.get(image=image)
    assert (settled.state, settled.desirability, settled.decided_by) == ("agreed", "bad", "adjudicated")
    assert "The face is blurred." in words(owner.get(path))


def test_a_decision_that_contradicts_its_map_is_refused_with_the_reason(project, owner):
    image = make_image(project)
    (first,) = label_image(image, LEFT_HALF, "bad")
    decision = {"annotation": first.annotations.get().pk, "desirability": "none", "reason": "It is fine."}
    page = owner.post(f"/projects/{project.pk}/photos/{image.pk}/settle/", decision)
    assert "You voted that there is no blur, but painted some." in words(page)
    assert Consensus.objects.get(image=image).decided_by == "single"


def test_annotators_settle_nothing(project):
    image = make_image(project)
    assert member_of(project).post(f"/projects/{project.pk}/photos/{image.pk}/settle/").status_code == 403


# Projects -------------------------------------------------------------------------------------------------------------


def test_whoever_makes_a_project_owns_it():
    user = make_user()
    response = browser(user).post("/projects/new/", {"name": "Birds", "votes_wanted": 3})
    project = Project.objects.get(name="Birds")
    assert (response["Location"], owner_of(project), project.votes_wanted) == (f"/projects/{project.pk}/", user, 3)


def test_a_project_without_a_name_is_told_below_the_field():
    page = browser(make_user()).post("/projects/new/", {"name": "", "votes_wanted": 2})
    assert page.context["form"].errors == {"name": ["This field is required."]}
    field = re.search(r'<input[^>]*name="name"[^>]*>', page.content.decode())[0]
    assert ('aria-invalid="true"' in field, " autofocus" in field, "id_name_error" in field) == (True, True, True)


def test_settings_change_the_project(project, owner):
    owner.post(f"/projects/{project.pk}/settings/", {"name": "Faces", "guidelines": "Smile.", "votes_wanted": 4})
    project.refresh_from_db()
    assert (project.name, project.guidelines, project.votes_wanted) == ("Faces", "Smile.", 4)


def test_the_guide_shows_the_projects_own_rules_escaped_and_every_level(project):
    html = member_of(project).get(f"/projects/{project.pk}/guide/").content.decode()
    assert f"<ul><li>Faces first</li><li>{escape('<b>Hands</b>')} next</li></ul>" in html
    assert re.findall(r'stdDeviation="([\d.]+)"', html) == ["1.8", "3.4", "7.0"]


def test_the_workbench_starts_with_what_it_needs(project):
    user = make_member(project)
    images = [make_image(project), make_image(project)]
    label(claim(project, user), LEFT_HALF, "bad")
    props = browser(user).get(f"/projects/{project.pk}/label/?image={images[1].pk}").context["props"]
    assert (props["image"], props["progress"]) == (images[1].pk, {"done": 1, "total": 2})
    assert (props["project"]["role"], props["project"]["levels"]) == ("annotator", project.levels)


# How few queries ------------------------------------------------------------------------------------------------------


@pytest.fixture
def crowded(project):
    """A project with more of everything than a page should ask for one by one."""
    for number in range(6):
        image = make_image(project, file_name=f"{number}.jpg")
        label_image(image, LEFT_HALF, "good", "good")
        people.create_invitation(project, role="annotator", by=owner_of(project))
    label_image(make_image(project), LEFT_HALF, "good")
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        Release.objects.create(
            project=project, name="r", version=version, licenses=[], manifest={}, cut_by=owner_of(project), item_count=0
        )
    user = owner_of(project)
    for image in Image.objects.filter(project=project, state=Image.State.LABELLED):
        label(queue.claim_image(image, by=user), LEFT_HALF, "good")
    people.issue_token(user, name="one")
    people.issue_token(user, name="two")
    return project


def test_no_page_takes_more_than_twelve_queries(crowded, owner, django_assert_max_num_queries):
    image, release = crowded.images.first(), crowded.releases.first()
    below = [*LEAST_ROLE, f"photos/{image.pk}/", f"photos/{image.pk}/map.png", f"releases/{release.pk}/"]
    for path in ["/", "/account/", *(f"/projects/{crowded.pk}/{page}" for page in below)]:
        with django_assert_max_num_queries(QUERY_BOUND, info=path):
            assert owner.get(path).status_code == 200
