"""What the schema says of the API is so: a case of each operation by each role; `tests.bar.contract` sends more."""

import gc

import pytest
from schemathesis.generation import GenerationMode

from tests.annotate.test_routes import one_of_everything
from tests.bar.contract import ask_all, in_one_transaction, operations


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # the client that asks leaves them open
@pytest.mark.promise("S4")
@pytest.mark.django_db
def test_each_answer_is_one_that_the_schema_declares():
    with in_one_transaction():
        people, rows = one_of_everything()
        told = ask_all(people, rows, 1, GenerationMode.POSITIVE)
    gc.collect()  # what is open is closed here, and warns in no other test
    assert sorted(told.faults) == []
    assert told.statuses.total() >= 5 * len(operations()) > 5 * 90
