"""The OpenAPI schema, with every refusal that an operation can be answered with."""

from collections.abc import Iterator
from typing import Any

SHAPE = {"application/json": {"schema": {"$ref": "#/components/schemas/RefusalOutput"}}}
REFUSALS = {
    400: ("BadRequest", "What was sent is malformed"),
    401: ("Unauthorized", "Nobody is signed in"),
    403: ("Forbidden", "The role does not allow it"),
    404: ("NotFound", "There is no such row, or it is not the asker's to see"),
    406: ("NotAcceptable", "JSON goes out, and the client takes none"),
    409: ("Conflict", "It contradicts how things stand by now"),
    413: ("TooLarge", "The body is too large"),
    415: ("UnsupportedType", "The body is of another type"),
    429: ("TooManyRequests", "Too many requests"),
}


def add_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The schema, in which each operation names the 4xx that follow from what it asks for.

    What else a view refuses, such as a download that is not ready, it names itself.
    """
    result["components"]["responses"] = {
        name: {"description": words, "content": SHAPE} for name, words in REFUSALS.values()
    }
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            told = operation["responses"]
            for status in refusals(path, method, operation):
                told.setdefault(str(status), {"$ref": f"#/components/responses/{REFUSALS[status][0]}"})
            operation["responses"] = dict(sorted(told.items()))
    return result


def refusals(path: str, method: str, operation: dict[str, Any]) -> Iterator[int]:
    """The statuses of refusals, by what the operation has: a row in its path, a query, a body, an effect."""
    changes, names_row = method != "get", "{" in path
    yield from (401, 429)
    if changes or any(parameter["in"] == "query" for parameter in operation.get("parameters", ())):
        yield 400
    if changes or names_row:
        yield 403
    if names_row:
        yield 404
    if changes:
        yield from (409, 413, 415)
    if all("application/json" in answer.get("content", SHAPE) for answer in operation["responses"].values()):
        yield 406
