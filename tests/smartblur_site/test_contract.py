"""What the schema says of the API is so: cases made from it by schemathesis, sent to each address by each role."""

import os

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from annotate.services.people import issue_token
from smartblur_site.wsgi import application
from tests.annotate.test_routes import people_and_rows  # noqa: F401 - a fixture

EXAMPLES = int(os.environ.get("SMARTBLUR_EXAMPLES", 1))  # of each address, method and role
REFUSAL = {"code", "detail", "request_id"}


@pytest.fixture(autouse=True)
def as_in_tests_of_django(monkeypatch):
    """Nobody is slowed down, and the connection in its transaction outlives a request."""
    rates = {"anon": None, "user": None}
    monkeypatch.setattr("rest_framework.throttling.SimpleRateThrottle.THROTTLE_RATES", rates)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def operations():
    """Each address with its method, as the schema tells of them."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    schema = schemathesis.openapi.from_dict(document)
    schema.app = application
    return [found.ok() for found in schema.get_all_operations()]


def faults_of(operation, case, response):
    """What the answer has that was not declared."""
    if response.status_code >= 500:
        return [f"{response.status_code}: {response.text[:200]}"]
    if response.status_code >= 400:
        is_told = response.json().keys() >= REFUSAL if "json" in response.headers["content-type"][0] else False
        return [] if is_told else [f"{response.status_code} without a reason: {response.text[:200]}"]
    declared = operation.definition.raw["responses"]
    if str(response.status_code) not in declared:
        return [f"{response.status_code} is not declared"]
    try:
        case.validate_response(response, checks=[content_type_conformance, response_schema_conformance])
    except BaseExceptionGroup as found:
        return [str(each)[:300] for each in found.exceptions]
    return []


def ask(operation, key, rows):
    """What is wrong with the answers to cases of the operation, for whoever has the key; each is undone."""
    headers = {"Authorization": f"Token {key}"} if key else {}
    answers = []

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy())
    def one(case):
        case.path_parameters = {name: str(rows[name]) for name in case.path_parameters or {}}
        with transaction.atomic():
            response = case.call(headers=headers)
            transaction.set_rollback(True)
        answers.append(faults_of(operation, case, response))

    one()
    return answers


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # the client that asks leaves them open
@pytest.mark.promise("S4")
@pytest.mark.django_db
def test_each_answer_is_one_that_the_schema_declares(people_and_rows, operations):  # noqa: F811
    people, rows = people_and_rows
    keys = {role: issue_token(person, name="contract")[1] for role, person in people.items()} | {"nobody": None}
    told, count = [], 0
    for operation in operations:
        for who, key in keys.items():
            answers = ask(operation, key, rows)
            count += len(answers)
            told += [f"{operation.label} by {who}: {fault}" for faults in answers for fault in faults]
    assert "\n".join(sorted(set(told))) == ""
    assert (len(operations) > 90, count >= EXAMPLES * len(keys) * len(operations)) == (True, True)
