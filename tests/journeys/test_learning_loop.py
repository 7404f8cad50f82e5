"""The learning loop over HTTP: what people said becomes a model, and the model's maps become what people begin with.

The site, its workers, Postgres, Valkey and torch run as `make run` starts them; the forms are sent as a browser sends
them, without the browser.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.journeys.people import HEIGHT, RIGHTS, WIDTH, Json, Person, is_over, wait_for
from tests.labels import rectangle
from tests.running_site import RunningSite

LEFT_IS_SHARP = {"base": 3, "regions": [rectangle("left", 0, 0, 0, WIDTH // 2, HEIGHT)]}
LEARNT, UNTOUCHED = 10, 4


def is_measured(found: Json) -> bool:
    """Whether the first of the evaluations is done."""
    return [each["state"] for each in found["results"]][:1] == ["done"]


def as_the_model(task: Json) -> Json:
    return task["prediction"]["document"]


def edited(task: Json) -> Json:
    """The model's map with its left third painted over."""
    model = task["prediction"]["document"]
    level = 2 if model["base"] != 2 else 1
    top = max((region["z"] for region in model["regions"]), default=0) + 1
    return model | {"regions": [*model["regions"], rectangle("mine", level, 0, 0, WIDTH // 3, HEIGHT) | {"z": top}]}


def test_what_people_said_is_learnt_compared_promoted_and_comes_back_to_them(
    new_person: Callable[[], Person], running_site: RunningSite, tmp_path: Path
) -> None:
    owner, annotator = new_person(), new_person()
    owner.sign_in("owner", running_site.owner_password)
    made = {"name": "The loop", "votes_wanted": 1, "hidden_percent": 0} | RIGHTS
    project = owner.ask("POST", "projects/", made)["id"]
    owner.bring(project, range(LEARNT))
    for _ in range(LEARNT):
        owner.label_next(project, lambda task: LEFT_IS_SHARP)
    release = owner.cut_release(project)

    # Train twice: watch one to its end, cancel the other and resume it.
    first, second = owner.start_training(release, epochs=4), owner.start_training(release, epochs=16, seed=2)
    heard = list(owner.watch(first))
    assert None in heard
    told = [said for said in heard if said]
    epochs = [said["epoch"] for said in told]
    assert epochs == sorted(epochs)
    assert {0, 4} < set(epochs)
    assert told[-1]["table"]["val_loss"][0] == [1, 2, 3, 4]
    owner.watch_until(second, lambda run: run["epoch"] >= 2)
    assert owner.act(second, "cancel")["state"] == "cancelling"
    assert owner.watch_until(second, is_over)["state"] == "cancelled"
    assert owner.act(second, "resume")["state"] == "queued"
    resumed = owner.watch_until(second, is_over)
    assert [(each["reason"], each["from_epoch"] >= 2) for each in resumed["attempts"]] == [
        ("Started by owner.", False),
        ("Started again by owner, from its last checkpoint.", True),
    ]

    # The first goes into production, where there is none; the second has to be compared with it.
    old, new = told[-1]["version"], resumed["version"]
    owner.submit(f"/projects/{project}/models/{old['id']}/promote/")
    measured = [
        wait_for(partial(owner.ask, "GET", f"models/{each['id']}/evaluations/"), is_measured)["results"][0]
        for each in (old, new)
    ]
    assert {each["release"] for each in measured} == {release["id"]}
    comparison = owner.read(f"/projects/{project}/models/compare/?v={old['id']}&v={new['id']}")
    assert f"On the 1 test photo of {release['name']}" in comparison

    # Promoted, the second paints a first map on every photo that nobody has touched.
    untouched = owner.bring(project, range(LEARNT, LEARNT + UNTOUCHED))
    owner.submit(f"/projects/{project}/models/{new['id']}/promote/")
    progress = partial(owner.ask, "GET", f"models/{new['id']}/preannotation/")
    assert wait_for(progress, lambda seen: seen["state"] == "done")["note"] == f"{UNTOUCHED} of {UNTOUCHED} photos"
    assert {owner.ask("GET", f"images/{image}/")["state"] for image in untouched} == {"preannotated"}

    # An annotator accepts half of the maps and edits the others; the page of models shows what they were worth.
    annotator.join(owner.ask("POST", f"projects/{project}/invitations/", {})["url"])
    for number in range(UNTOUCHED):
        annotator.label_next(project, edited if number % 2 else as_the_model)
    worth = re.search(rf"{new['name']} 4 0 2 2 0 (\d+) %", owner.read(f"/projects/{project}/models/"))
    assert 50 <= int(worth[1]) < 100

    # The next release says which photos began with which weights.
    begun = [item for item in owner.items_of(owner.cut_release(project), tmp_path) if item.facts.pre_model]
    assert {item.facts.pre_model for item in begun} == {new["name"]}
    assert sorted(item.facts.pre_kept_ppm == 1_000_000 for item in begun) == [False, False, True, True]
    steps = [step for item in begun for step in item.lineage if step["step"] == "pre-annotation"]
    weights = {
        each["id"]: each["weights_sha256"] for each in owner.ask("GET", f"projects/{project}/models/")["results"]
    }
    assert [step["weights_sha256"] for step in steps] == [weights[new["id"]]] * UNTOUCHED

    # The promotion is undone: back to the first.
    assert f"Back to {old['name']}" in owner.read(f"/projects/{project}/models/")
    owner.submit(f"/projects/{project}/models/{new['id']}/undo/")
    stages = {each["id"]: each["stage"] for each in owner.ask("GET", f"projects/{project}/models/")["results"]}
    assert stages == {old["id"]: "production", new["id"]: "candidate"}
