"""How fast people get their next photo, and that nobody gets another's. `python -m tests.bar.next_image`.

Each claim is somebody else's first: with --url give one --token for each claim, all of members of --project.
"""

import uuid

from tests.bar.common import Client, Target, Times, at_once, count_statements, parser_of, target, verdict

CLIENTS = 8
PROMISES = ("L2",)
TARGETS = {
    "claims_per_s": {"min": 100},
    "p99_ms": {"max": 250},
    "queries": {"max": 6},
    "leased_twice": {"max": 0},
    "errors": {"max": 0},
}


def fill(measured: Target, image_count: int, people_count: int) -> int:
    """A project with that many images, each wanted once, and members whose tokens join the target's."""
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone

    from annotate.models import ApiToken, Image, Membership, User
    from annotate.services.teams.people import digest_of

    owner = User.objects.get(username="owner")
    project = Client(measured.url, measured.tokens[0]).ask(
        "POST", "/api/projects/", {"name": "Figures: next image", "votes_wanted": 1}
    )["id"]
    row = {"project_id": project, "file_name": "photo.jpg", "dhash": 0, "format": "jpeg", "width": 1024, "height": 720}
    row |= {"byte_count": 1, "license": "CC0-1.0", "open_slots": 1, "uploaded_by": owner}
    names = [uuid.uuid4().hex * 2 for _ in range(image_count)]
    Image.objects.bulk_create([Image(**row, file=name, sha256=name, source_sha256=name) for name in names], 2_000)
    people = User.objects.bulk_create([User(username=f"figure-{number}") for number in range(people_count)])
    Membership.objects.bulk_create([Membership(project_id=project, user=person, role="annotator") for person in people])
    keys = [uuid.uuid4().hex for _ in people]
    life = {"expires_at": timezone.now() + timedelta(days=1), "last_used_at": timezone.now()}
    ApiToken.objects.bulk_create(
        [ApiToken(user=person, digest=digest_of(key), **life) for person, key in zip(people, keys, strict=True)]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    measured.tokens = keys
    return project


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--project", type=int, help="with --url: the project to claim from")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--claims", type=int, default=2_000)
    arguments = parser.parse_args()
    with target(arguments) as measured:
        project = arguments.project or fill(measured, arguments.images, arguments.claims + 1)
        first, *tokens = measured.tokens
        path = f"/api/projects/{project}/next/"
        times, given, errors = Times(), [], []

        def claim_all(number: int) -> None:
            client = Client(measured.url, "")
            for token in tokens[number::CLIENTS]:
                client.headers["Authorization"] = f"Token {token}"
                with times.one():
                    status, task = client.send("POST", path)
                (given if status == 200 else errors).append(task["image"]["id"] if status == 200 else status)

        took = at_once(CLIENTS, claim_all)
        claim_first = lambda: Client(measured.url, first).ask("POST", path)  # noqa: E731
        figures = {
            "images": arguments.images,
            "claims_per_s": round(len(given) / took, 1),
            "p50_ms": times.percentile_ms(0.5),
            "p99_ms": times.percentile_ms(0.99),
            "leased_twice": len(given) - len(set(given)),
            "errors": len(errors),
            "queries": count_statements(measured.site, "EXECUTE claim_next_image", claim_first)
            if measured.site
            else None,
        }
    verdict("next_image", figures, TARGETS)


if __name__ == "__main__":
    main()
