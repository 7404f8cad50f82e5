"""Who may keep an answer: the browser that asked, or nobody."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def private_by_default(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what says nothing of caching is kept by no proxy, and by no browser unless it can ask anew.

    A page is kept for the way back alone, and an answer with an ETag to be asked for again; anything else nowhere.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        may_keep = response.has_header("ETag") or response.get("Content-Type", "").startswith("text/html")
        response.headers.setdefault("Cache-Control", "private, no-cache" if may_keep else "private, no-store")
        return response

    return answer
