"""How fast the page of people is with 50 people and 100,000 annotations. `python -m tests.bar.people`.

The votes are drawn: everybody is right three times out of four, and else says anything. Every photo has a merged map.
"""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from tests.bar.common import Client, Target, Times, count_statements, parser_of, target, verdict

TARGETS = {"queries": {"max": 12}, "p95_ms": {"max": 300}, "errors": {"max": 0}}
SIZE = {"width": 48, "height": 32}
RIGHT = 0.75
AT_ONCE = 5_000


def fill(people_count: int, image_count: int, labels_each: int) -> int:
    """The id of a project of that many people and photos, each photo labelled by so many of them."""
    from annotate.models import Annotation, Image, Membership, Project, User, Vote
    from annotate.services.teams.projects import create_project

    owner = User.objects.get(username="owner")
    project: Project = create_project("Figures: people", by=owner)
    fit_later(project)
    people = User.objects.bulk_create([User(username=f"labeller-{number}") for number in range(people_count)])
    Membership.objects.bulk_create([Membership(project=project, user=person, role="annotator") for person in people])
    row = {"project": project, "file_name": "photo.jpg", "dhash": 0, "format": "jpeg", "byte_count": 1} | SIZE
    row |= {"license": "CC0-1.0", "open_slots": 0, "uploaded_by": owner, "state": Image.State.AGREED}
    names = [uuid.uuid4().hex * 2 for _ in range(image_count)]
    images = [Image(**row, file=name, sha256=name, source_sha256=name) for name in names]
    Image.objects.bulk_create(images, AT_ONCE)

    dice = np.random.default_rng(3)
    annotations, votes = [], []
    for image in images:
        truth = dice.integers(4)
        for person in dice.choice(people_count, labels_each, replace=False):
            said = truth if dice.random() < RIGHT else dice.integers(4)
            whose = {"image": image, "author": people[person]}
            annotations.append(Annotation(**whose, **submitted(int(dice.integers(8, 24)))))
            votes.append(Vote(**whose, desirability=("none", "good", "ok", "bad")[said], elapsed_ms=900))
    Annotation.objects.bulk_create(annotations, AT_ONCE)
    Vote.objects.bulk_create(votes, AT_ONCE)
    merge(images)
    return project.pk


def fit_later(project: Any) -> None:
    """Keep the site's own sweep from judging the photos: that is not what is measured."""
    from annotate.models import VotingFit

    tomorrow = timezone.now() + timedelta(days=1)
    fit = {"shares": [0.25] * 4, "crowd": np.eye(4).tolist(), "confusions": {}, "vote_count": 0, "iteration_count": 0}
    VotingFit.objects.create(project=project, fitted_at=tomorrow, **fit)


def submitted(width: int) -> dict[str, Any]:
    """The columns of a submitted annotation that is blurred on its left."""
    ring = [16 * value for value in (0, 0, width, 0, width, 32, 0, 32)]
    region = {"id": "left", "level": 2, "kind": "unknown", "rings": [ring], "z": 0}
    return {
        "document": {"base": 0, "regions": [region]},
        "state": "submitted",
        "active_ms": 60_000,
        "kept_ppm": 800_000,
        "submitted_at": timezone.now(),
    }


def merge(images: list[Any]) -> None:
    """Give every photo the consensus that it has in a project at work, with one map for all."""
    from annotate.core.blurmap import encode_levels
    from annotate.models import Consensus

    levels = np.zeros((SIZE["height"], SIZE["width"]), np.uint8)
    levels[:, :16] = 2
    said = {"state": "agreed", "desirability": "good", "decided_by": "posterior", "level_annotators": 5}
    said |= {"posterior_ppm": [0, 1_000_000, 0, 0], "vote_counts": [0, 5, 0, 0], "levels_png": encode_levels(levels)}
    Consensus.objects.bulk_create([Consensus(image=image, **said) for image in images], AT_ONCE)


def count(project: int) -> dict[str, Any]:
    """Fit the votes and make the cards, as the sweep does, and say how long that took."""
    from annotate.core.regions import DESIRABILITIES
    from annotate.core.voting import fit_dawid_skene
    from annotate.models import MapComparison, Project, Vote
    from annotate.services.agreement import skills

    begun = time.perf_counter()
    votes = Vote.objects.filter(image__project=project).order_by("image", "author")
    image, voter, word = zip(*votes.values_list("image", "author", "desirability"), strict=True)
    fit = fit_dawid_skene(image, voter, [DESIRABILITIES.index(said) for said in word])
    fitted = time.perf_counter()
    skills.refresh(Project.objects.get(pk=project), fit)
    return {
        "annotations": len(image),
        "fit_s": round(fitted - begun, 1),
        "cards_s": round(time.perf_counter() - fitted, 1),
        "compared": MapComparison.objects.filter(annotation__image__project=project).count(),
    }


def sign_in() -> Any:
    """The owner's browser, within this process."""
    from django.test import Client as Visitor

    from annotate.models import User

    visitor = Visitor(headers={"host": "localhost"})
    visitor.force_login(User.objects.get(username="owner"), backend="django.contrib.auth.backends.ModelBackend")
    return visitor


def cpu_ms(visitor: Any, path: str, requests: int) -> float:
    """Processor time of one opening, the database's left out: on a busy machine it says more than the clock."""
    visitor.get(path)
    begun = time.process_time()
    for _ in range(requests):
        visitor.get(path)
    return round(1000 * (time.process_time() - begun) / requests, 1)


def measure(measured: Target, project: int, requests: int) -> dict[str, Any]:
    """Open the page that often, and count what one opening asks of the database."""
    times, errors, path = Times(), 0, f"/projects/{project}/people/"
    browser = Client(measured.url, "")
    visitor = sign_in()
    browser.headers = {"Cookie": "; ".join(f"{name}={each.value}" for name, each in visitor.cookies.items())}
    browser.ask("GET", path)
    for _ in range(requests):
        with times.one():
            status, page = browser.send("GET", path)
        errors += status != 200 or b"labeller-0" not in page
    queries = count_statements(measured.site, "annotate_skillcard", lambda: browser.ask("GET", path))
    return {
        "queries": queries,
        "p50_ms": times.percentile_ms(0.5),
        "p95_ms": times.percentile_ms(0.95),
        "cpu_ms": cpu_ms(visitor, path, requests),
        "errors": errors,
    }


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--requests", type=int, default=30)
    arguments = parser.parse_args()
    if arguments.url:
        parser.error("this figure fills rows: it starts a site of its own, so --url is not for it")
    with target(arguments) as measured:
        project = fill(arguments.people, arguments.images, 5)
        figures = {"people": arguments.people} | count(project) | measure(measured, project, arguments.requests)
    verdict("people", figures, TARGETS)


if __name__ == "__main__":
    main()
