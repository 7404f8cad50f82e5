"""Labels that can be published: four people label twelve photos, a curator settles, one photo is done again, and the
release says of each map who made it and of what.

Everything runs as `make run` starts it. The curator settles in a real browser, by keys alone.
"""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from annotate.core.blurmap import LevelMap, decode_levels, rasterize
from annotate.core.regions import parse_document
from tests.journeys.people import HEIGHT, RIGHTS, WIDTH, Json, Person, wait_for
from tests.labels import rectangle
from tests.running_site import RunningSite

LEFT = {"base": 0, "regions": [rectangle("left", 2, 0, 0, WIDTH // 2, HEIGHT)]}
RIGHT = {"base": 0, "regions": [rectangle("right", 2, WIDTH // 2, 0, WIDTH, HEIGHT)]}
SMALLER = {"base": 0, "regions": [rectangle("left", 2, 0, 0, WIDTH // 3, HEIGHT)]}
GOLD, PLACE_APART, WORDS_APART, FROM_MODEL, DONE_AGAIN = [0, 1], 5, 6, 7, 8  # among the twelve
SLIP = "It was a slip."

Answer = tuple[Json, str]


def work_off(person: Person, project: int, answer: Callable[[Json], Answer]) -> dict[int, int]:
    """Label until nothing is left: photo -> annotation."""
    done = {}
    while task := person.ask("POST", f"projects/{project}/next/", {}):
        hand_in(person, task, *answer(task))
        done[task["image"]["id"]] = task["annotation"]["id"]
    return done


def hand_in(person: Person, task: Json, document: Json, word: str) -> None:
    """Save, vote and submit."""
    annotation, image = task["annotation"], task["image"]["id"]
    person.save(annotation, document)
    person.ask("PUT", f"images/{image}/vote/", {"desirability": word})
    person.ask("POST", f"annotations/{annotation['id']}/submit/")


def settle_by_hand(owner: Person, project: int) -> int:
    """The next photo, labelled by the owner and settled with a map of their own."""
    task = owner.ask("POST", f"projects/{project}/next/", {})
    hand_in(owner, task, RIGHT, "bad")
    image = task["image"]["id"]
    begun = owner.ask("POST", f"images/{image}/settling/")
    owner.save(begun["annotation"], LEFT)
    decision = {"annotation": begun["annotation"]["id"], "desirability": "good", "reason": SLIP, "seen": begun["seen"]}
    owner.ask("POST", f"images/{image}/settle/", decision)
    return image


def answers_of(photos: list[int], number: int) -> Callable[[Json], Answer]:
    """What the person of that number says of each photo."""

    def answer(task: Json) -> Answer:
        place = photos.index(task["image"]["id"])
        if place == PLACE_APART:
            return (RIGHT if number % 2 else LEFT), "good"
        if place == WORDS_APART:
            return LEFT, "bad" if number % 2 else "good"
        if place == FROM_MODEL:
            return edited(task["prediction"]["document"]), "good"
        return LEFT, "good"

    return answer


def edited(model: Json) -> Json:
    """The model's map with its left third painted over."""
    top = max((region["z"] for region in model["regions"]), default=0) + 1
    return model | {"regions": [*model["regions"], rectangle("mine", 2, 0, 0, WIDTH // 3, HEIGHT) | {"z": top}]}


def settle_by_keys(page: Page, count: int) -> None:
    """All disputes, from the start page on: the first person's map, Good, a slip; then the next."""
    page.goto("/")
    expect(page.get_by_role("link", name=f"Settle {count} disputes").first).to_be_visible()
    page.get_by_role("link", name=f"Settle {count} disputes").first.press("Enter")
    page.wait_for_url("**/settle/")
    name = page.locator(".stream-form h2")
    for left in range(count, 0, -1):
        shown = name.inner_text()
        for key in ("1", "Shift+Digit1", "s", "Enter"):
            page.keyboard.press(key)
        if left > 1:
            expect(name).not_to_have_text(shown)
    expect(page.get_by_text(f"You settled {count} photos.")).to_be_visible()


def painted(document: Json) -> LevelMap:
    """(H, W) the document's levels."""
    return rasterize(parse_document(document, level_count=4), (WIDTH, HEIGHT))


def kept_ppm(levels: LevelMap, proposal: Json) -> int:
    """The share of the map's pixels that still are the proposal's."""
    return int((levels == painted(proposal)).sum()) * 1_000_000 // levels.size


@pytest.fixture
def curator(new_context: Callable[..., BrowserContext], running_site: RunningSite) -> Page:
    """A browser in which the owner is signed in."""
    page = new_context(base_url=running_site.url).new_page()
    page.goto("/sign-in/")
    page.get_by_label("Username").fill("owner")
    page.get_by_label("Password").fill(running_site.owner_password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")
    return page


def test_what_four_people_see_is_settled_done_again_released_and_says_where_it_comes_from(
    new_person: Callable[[], Person], curator: Page, running_site: RunningSite, tmp_path: Path
) -> None:
    owner = new_person()
    owner.sign_in("owner", running_site.owner_password)
    rules = {"name": "Publishing", "votes_wanted": 2, "votes_most": 4, "hidden_percent": 0, "alike_percent": 40}
    made = owner.submit("/projects/new/", **rules, network="shipped")
    project = int(re.search(r"/projects/(\d+)/", made.headers["location"])[1])
    owner.ask("PATCH", f"projects/{project}/", RIGHTS)
    photos = owner.bring(project, range(12))
    for image in photos:
        wait_for(lambda image=image: owner.ask("GET", f"images/{image}/")["state"], lambda state: state != "new")
    gold = [settle_by_hand(owner, project) for _ in GOLD]
    photos = gold + [image for image in photos if image not in gold]
    owner.submit(f"/projects/{project}/tests/choose/")

    # Four people label, each photo as many of them as its votes leave in doubt.
    people = [new_person() for _ in range(4)]
    proposals, done = {}, []
    for number, person in enumerate(people):
        person.join(owner.ask("POST", f"projects/{project}/invitations/", {})["url"])
        answer = answers_of(photos, number)

        def noting(task: Json, answer: Callable[[Json], Answer] = answer) -> Answer:
            proposals[task["image"]["id"]] = task["prediction"]["document"]
            return answer(task)

        done.append(work_off(person, project, noting))
    labelled = [image for each in done for image in each]
    people_of = [labelled.count(image) for image in photos]
    assert people_of[WORDS_APART] == 4 > min(people_of[len(GOLD) :]) >= 2
    assert set(photos) - set(labelled) <= {photos[place] for place in GOLD}
    tested = [photos[place] for place in GOLD if photos[place] in labelled]
    assert tested  # half of the first ten photos are drawn from the tests
    assert "100 %" in owner.read(f"/projects/{project}/tests/")

    # One photo goes back to the first person, who gets it before all else, with the map under their hand.
    again = photos[DONE_AGAIN]
    asked = owner.ask("POST", f"annotations/{done[0][again]}/rework/", {"reason": "Less is blurred.", "x": 16, "y": 16})
    task = people[0].ask("POST", f"projects/{project}/next/", {})
    assert (task["image"]["id"], task["annotation"]["document"]) == (again, LEFT)
    hand_in(people[0], task, SMALLER, "good")
    assert owner.ask("POST", f"rework/{asked['id']}/accept/")["state"] == "accepted"
    (told,) = people[0].ask("GET", f"projects/{project}/rework/")["results"]
    assert (told["reason"], told["state"]) == ("Less is blurred.", "accepted")

    disputed = owner.ask("GET", f"projects/{project}/disputes/")["ids"]
    assert {photos.index(image) for image in disputed} == {PLACE_APART, WORDS_APART}
    settle_by_keys(curator, len(disputed))

    items = {}
    wait_for(lambda: owner.ask("GET", f"projects/{project}/disputes/")["ids"], lambda ids: ids == [])
    release = owner.cut_release(project)
    for item in owner.items_of(release, tmp_path):
        items[item.facts.sha256] = item
    by_place = [items[owner.ask("GET", f"images/{image}/")["sha256"]] for image in photos]

    adjudicated = {place for place, item in enumerate(by_place) if item.facts.decided_by == "adjudicated"}
    assert adjudicated == {*GOLD, PLACE_APART, WORDS_APART}
    maps = [decode_levels(item.load_levels()) for item in by_place]
    for place in {*range(12)} - {FROM_MODEL, DONE_AGAIN}:
        assert np.array_equal(maps[place], painted(LEFT)), place
    proposal = proposals[photos[FROM_MODEL]]
    assert np.array_equal(maps[FROM_MODEL], painted(edited(proposal)))
    model = owner.ask("GET", f"projects/{project}/models/")["results"][0]["name"]
    assert {place: item.facts.pre_model for place, item in enumerate(by_place) if item.facts.pre_model} == {
        FROM_MODEL: model
    }
    assert by_place[FROM_MODEL].facts.pre_kept_ppm == kept_ppm(maps[FROM_MODEL], proposal)
    assert [item.facts.votes for item in (by_place[WORDS_APART], by_place[DONE_AGAIN])] == [
        (0, 2, 0, 2),
        (0, people_of[DONE_AGAIN], 0, 0),
    ]
    answers = {place for place, item in enumerate(by_place) if any(vote.is_gold for vote in item.votes)}
    assert answers == {photos.index(image) for image in tested}
