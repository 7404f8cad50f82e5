"""Whatever the schema allows, and what it does not, sent to each address by each role. `python -m tests.bar.contract`.

Cases are made from the schema by schemathesis; each is sent by somebody of every role, by a stranger and by nobody, and
undone.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.bar.common import parser_of, target, verdict

PROMISES = ("S4",)
TARGETS = {
    "faults": {"max": 0},
    "http_5xx": {"max": 0},
    "cases": {"min": 1000},
    "endpoints": {"min": 91},
    "roles": {"min": 6},
}
REFUSAL = {"code", "detail", "request_id"}


@dataclass
class Told:
    """What the answers were.

    Attributes:
        statuses: how often each came.
        faults: what was not declared, with operation and role.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    faults: set[str] = field(default_factory=set)


def operations() -> list[Any]:
    """Each address with its method, as the schema tells of them, to be asked in this process."""
    import schemathesis
    from drf_spectacular.generators import SchemaGenerator

    from smartblur_site.wsgi import application

    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    schema.app = application
    return [found.ok() for found in schema.get_all_operations()]


@contextlib.contextmanager
def in_one_transaction() -> Iterator[None]:
    """Nothing that is asked stays, nobody is slowed down, and the connection outlives a request."""
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections, transaction
    from rest_framework.throttling import SimpleRateThrottle

    rates, signals = SimpleRateThrottle.THROTTLE_RATES, (request_started, request_finished)
    SimpleRateThrottle.THROTTLE_RATES = dict.fromkeys(rates)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        SimpleRateThrottle.THROTTLE_RATES = rates
        for signal in signals:
            signal.connect(close_old_connections)


def ask(
    operation: Any, keys: dict[str, str | None], rows: dict[str, Any], examples: int, mode: Any, told: Told
) -> None:
    """Send that many cases of the operation, each with every key."""
    from django.db import transaction
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis.errors import Unsatisfiable

    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(mode))
    def one(case: Any) -> None:
        case.path_parameters = {name: str(rows[name]) for name in case.path_parameters or {}}
        for who, key in keys.items():
            with transaction.atomic():
                response = case.call(headers={"Authorization": f"Token {key}"} if key else {})
                transaction.set_rollback(True)
            told.statuses[response.status_code] += 1
            found = faults_of(operation, case, response)
            told.faults |= {f"{operation.label} by {who}: {fault}" for fault in found}

    with contextlib.suppress(Unsatisfiable):  # all that may be sent may be left out
        one()


def faults_of(operation: Any, case: Any, response: Any) -> list[str]:
    """What the answer has that was not declared."""
    from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

    if response.status_code >= 500:
        return [f"{response.status_code}: {response.text[:200]}"]
    if response.status_code >= 400:
        is_told = response.json().keys() >= REFUSAL if "json" in response.headers["content-type"][0] else False
        return [] if is_told else [f"{response.status_code} without a reason: {response.text[:200]}"]
    if str(response.status_code) not in operation.definition.raw["responses"]:
        return [f"{response.status_code} is not declared"]
    try:
        case.validate_response(response, checks=[content_type_conformance, response_schema_conformance])
    except BaseExceptionGroup as found:
        return [str(each)[:300] for each in found.exceptions]
    return []


def ask_all(people: dict[str, Any], rows: dict[str, Any], examples: int, *modes: Any) -> Told:
    """Send that many cases of each operation and mode, by each of the people and by nobody."""
    from annotate.services.teams.people import issue_token

    told = Told()
    keys = {role: issue_token(person, name="contract")[1] for role, person in people.items()} | {"nobody": None}
    for operation in operations():
        for mode in modes:
            if mode.is_positive or operation.body or operation.query:  # else there is nothing to get wrong
                ask(operation, keys, rows, examples, mode, told)
    return told


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument(
        "--examples", type=int, default=25, help="of each operation and role: valid ones, and as many invalid"
    )
    arguments = parser.parse_args()
    with target(arguments):
        logging.disable(logging.CRITICAL)  # refusals are what is asked for
        from schemathesis.generation import GenerationMode

        from tests.annotate.test_routes import one_of_everything
        from tests.factories import make_user

        begun = time.monotonic()
        with in_one_transaction():
            people, rows = one_of_everything()
            people["stranger"] = make_user()
            told = ask_all(people, rows, arguments.examples, *GenerationMode)
    figures = {
        "endpoints": len(operations()),
        "roles": len(people) + 1,
        "cases": told.statuses.total(),
        "faults": len(told.faults),
        "http_5xx": sum(count for status, count in told.statuses.items() if status >= 500),
        "statuses": dict(sorted(told.statuses.items())),
        "told": sorted(told.faults)[:20],
        "seconds": round(time.monotonic() - begun),
    }
    verdict("contract", figures, TARGETS)


if __name__ == "__main__":
    main()
