import psycopg2
import pytest
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_connection_that_the_server_ended_is_told_without_asking_it(django_assert_num_queries):
    connection.ensure_connection()
    process = connection.connection.info.backend_pid
    with django_assert_num_queries(0):
        assert connection.is_usable()
    ending = psycopg2.connect(connection.connection.dsn, password=connection.settings_dict["PASSWORD"])
    with ending.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    ending.close()
    assert not connection.is_usable()
    connection.close()
    assert not connection.is_usable()
    connection.ensure_connection()
    assert connection.is_usable()
