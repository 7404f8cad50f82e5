"""100 annotators who think for five seconds between acts, among 10,000 photos. `python -m tests.bar.annotators`.

Each takes the next photo, saves twice, votes and says "skip": what people wait for all day. The first seconds, in which
everybody comes at once, count too.
"""

import random
import threading
import time
import uuid

from tests.bar.common import Client, Times, at_once, parser_of, polygons, target, verdict
from tests.bar.next_image import fill

PROMISES = ("L3",)
THINK_S = 5.0
DOCUMENT = polygons(5, 20, 1024, 720)
TARGETS = {"p99_ms": {"max": 200}, "errors": {"max": 0}, "answers": {"min": 100}}


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.url:
        parser.error("this figure fills a database of its own, so --url is not for it")
    with target(arguments) as measured:
        project = fill(measured, arguments.images, arguments.people)
        until, times, errors, lock = time.monotonic() + arguments.seconds, Times(), [], threading.Lock()

        def live(number: int) -> None:
            client, dice = Client(measured.url, measured.tokens[number]), random.Random(arguments.seed + number)

            def act(method: str, path: str, body: object = None) -> dict:
                time.sleep(dice.expovariate(1 / THINK_S))
                with times.one():
                    status, answer = client.send(method, path, body)
                if status not in (200, 204):
                    with lock:
                        errors.append(f"{method} {path}: {status} {answer}"[:200])
                return answer if isinstance(answer, dict) else {}

            while time.monotonic() < until:
                task = act("POST", f"/api/projects/{project}/next/")
                if "annotation" not in task:
                    continue
                annotation, revision = task["annotation"]["id"], task["annotation"]["revision"]
                for _ in range(2):
                    body = {"save_id": str(uuid.uuid4()), "base_revision": revision, "active_ms": 1}
                    saved = act("PUT", f"/api/annotations/{annotation}/draft/", body | {"document": DOCUMENT})
                    revision = saved.get("revision", revision)
                act("PUT", f"/api/images/{task['image']['id']}/vote/", {"desirability": "bad", "elapsed_ms": 900})
                act("POST", f"/api/annotations/{annotation}/skip/", {"reason": "It is a figure."})

        took = at_once(arguments.people, live)
        figures = {
            "people": arguments.people,
            "images": arguments.images,
            "answers": len(times.seconds),
            "answers_per_s": round(len(times.seconds) / took, 1),
            "p50_ms": times.percentile_ms(0.5),
            "p99_ms": times.percentile_ms(0.99),
            "errors": len(errors),
            "first_errors": errors[:3],
        }
    verdict("annotators", figures, TARGETS)


if __name__ == "__main__":
    main()
