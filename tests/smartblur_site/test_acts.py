"""Every act of every page and island: what is said after it, where, and how it is taken back.

An act is told by a notice (`told`: annotate/pages/notices.py, frontend/src/ui/notice.ts) or by the place where it
was done (`shown`). It is taken back by the notice's Undo (`undo`), by a control beside what it made (`beside`), by
doing the opposite where it was done (`again`), or not at all: then it says so before it is done (`asks`), or nothing
is lost by it (`harmless`).
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOLD, BACK = {"told", "shown"}, {"undo", "beside", "again", "asks", "harmless"}

PAGES = {
    # annotate
    "pages:sign-out": ("shown", "again"),
    "pages:sign-in-passkey": ("shown", "again"),
    "pages:sign-in-again": ("shown", "again"),
    "pages:passkey-add": ("told", "beside"),
    "pages:passkey-remove": ("told", "asks"),
    "pages:language": ("shown", "again"),
    "pages:project-archive": ("told", "undo"),
    "pages:batch-new": ("told", "undo"),
    "pages:batch-close": ("told", "undo"),
    "pages:remark-close": ("told", "undo"),
    "pages:remark-reopen": ("told", "undo"),
    "pages:remarks-seen": ("shown", "harmless"),
    "pages:export-start": ("shown", "beside"),
    "pages:people-invite": ("shown", "beside"),
    "pages:people-invite-many": ("shown", "beside"),
    "pages:invitation-revoke": ("told", "undo"),
    "pages:gold-choose": ("told", "undo"),
    "pages:gold-mark": ("told", "undo"),
    "pages:gold-let-go-on": ("told", "undo"),
    "pages:member-role": ("told", "undo"),
    "pages:member-remove": ("told", "undo"),  # oneself: asks
    "pages:person-erase": ("told", "asks"),
    "pages:token-revoke": ("told", "asks"),
    "pages:password-link": ("shown", "harmless"),
    "pages:sessions-end": ("told", "harmless"),
    "pages:oidc-disconnect": ("told", "again"),
    "pages:webhook-remove": ("told", "asks"),
    "pages:webhook-resend": ("told", "harmless"),
    "pages:set-save": ("told", "beside"),
    "pages:set-forget": ("told", "undo"),
    "pages:twins-decide": ("told", "undo"),
    "pages:photos-upload": ("told", "undo"),
    "pages:rework-answer": ("told", "undo"),
    "pages:photo-send-back": ("told", "undo"),
    "pages:photo-settle": ("told", "undo"),
    "pages:photo-edit": ("shown", "beside"),
    "pages:photo-edit-discard": ("told", "undo"),
    "pages:borders-accept": ("told", "undo"),
    # modelsvc
    "model-pages:send-worst": ("told", "undo"),
    "model-pages:measure": ("told", "beside"),
    "model-pages:undo-promotion": ("told", "undo"),
    "model-pages:stage": ("told", "undo"),
    "model-pages:first-network": ("told", "undo"),
    "model-pages:trial-delete": ("told", "asks"),
    "model-pages:again": ("told", "harmless"),
}

# Forms that are sent to their own page, by template.
OWN_PAGE = {
    "registration/sign_in.html": ("shown", "again"),
    "registration/password.html": ("told", "again"),
    "annotate/join.html": ("told", "harmless"),
    "annotate/batch.html": ("told", "undo"),
    "annotate/preferences.html": ("told", "undo"),
    "annotate/levels.html": ("told", "undo"),
    "annotate/label_imports.html": ("shown", "beside"),
    "annotate/release_new.html": ("shown", "asks"),
    "annotate/account.html": ("shown", "beside"),
    "annotate/second_factor.html": ("shown", "again"),
    "registration/new_password.html": ("told", "again"),
    "registration/forgotten.html": ("told", "harmless"),
    "registration/mail.html": ("told", "again"),
    "registration/code.html": ("shown", "harmless"),
    "annotate/settings.html": ("told", "undo"),
    "annotate/webhooks.html": ("told", "beside"),
    "annotate/webhook.html": ("told", "undo"),
    "annotate/publication.html": ("told", "undo"),
    "annotate/project_copy.html": ("told", "harmless"),
    "modelsvc/project_new.html": ("told", "harmless"),
    "modelsvc/promote.html": ("told", "undo"),
    "modelsvc/try.html": ("shown", "beside"),
    "modelsvc/start.html": ("shown", "beside"),
}

# What scripts ask of the API, by the function that asks.
ISLANDS = {
    "nextTask": ("shown", "beside"),
    "saveDraft": ("shown", "undo"),
    "castVote": ("shown", "undo"),
    "withdrawVote": ("shown", "again"),
    "submitAnnotation": ("told", "undo"),
    "skipAnnotation": ("told", "undo"),
    "returnPhoto": ("shown", "harmless"),
    "saveNotes": ("shown", "again"),
    "settlingTask": ("shown", "beside"),
    "settlePhoto": ("told", "undo"),
    "decideDispute": ("told", "undo"),
    "undoDecision": ("told", "again"),
    "actOnPhotos": ("told", "undo"),
    "actOnFound": ("told", "undo"),
    "undoAct": ("told", "again"),
    "saveKeys": ("told", "undo"),
    "returnWork": ("told", "undo"),
    "signIn": ("shown", "again"),
    "putDecisions": ("shown", "again"),
    "uploadPhotos": ("shown", "beside"),
    "sendLabels": ("shown", "beside"),
    "readLabels": ("shown", "again"),
    "applyLabels": ("shown", "beside"),
    "cancelLabels": ("shown", "beside"),
    "undoLabels": ("shown", "again"),
    "forgetLabels": ("told", "asks"),
}
CARDS = {
    "JobCard.svelte": ("shown", "beside"),
    "Run.svelte": ("shown", "beside"),
    "notice.ts": ("told", "harmless"),
    "passkeys.ts": ("shown", "harmless"),  # what a device is to sign
}

POST = re.compile(r'(?:method="post"|formaction=)[^>]*')
NAMED = re.compile(r'\{% url "([\w:-]+)"')
CONFIRMED = re.compile(r'\{% url "([\w:-]+)"[^%]*as action %\}')
CALL = re.compile(r'request\(\s*"(?:POST|PUT|PATCH|DELETE)"|sendForm\(')
FUNCTION = re.compile(r"export (?:async )?function (\w+)")


def templates():
    for app in ("annotate", "modelsvc", "smartblur_site"):
        for path in (ROOT / app / "templates").rglob("*.html"):
            if "admin" not in path.parts and path.name not in ("notice.html", "confirm.html"):
                yield path.relative_to(ROOT / app / "templates").as_posix(), path.read_text()


def posts():
    """(template, address that it names or "") of each form that is posted."""
    for name, text in templates():
        for tag in POST.findall(text):
            found = NAMED.search(tag)
            yield name, found[1] if found else ""
        yield from ((name, address) for address in CONFIRMED.findall(text))


def scripts():
    for path in sorted((ROOT / "frontend" / "src").rglob("*")):
        if path.suffix in (".ts", ".svelte") and path.name != "schema.gen.ts":
            yield path.name, path.read_text()


def asked_by(text):
    """The functions of a module that change something on the server."""
    starts = [(found.start(), found[1]) for found in FUNCTION.finditer(text)]
    for call in CALL.finditer(text):
        owners = [name for start, name in starts if start < call.start()]
        if owners and owners[-1] not in ("request", "sendForm"):
            yield owners[-1]


def test_every_form_of_every_page_is_told_and_taken_back_or_asks_before():
    found = set(posts())
    assert {address for _, address in found if address} == set(PAGES)
    assert {name for name, address in found if not address} == set(OWN_PAGE)


def test_every_call_of_every_script_is_told_and_taken_back_or_asks_before():
    modules = [(name, text) for name, text in scripts() if name in ("api.ts", "calls.ts")]
    assert {asked for _, text in modules for asked in asked_by(text)} == set(ISLANDS)
    others = {name for name, text in scripts() if CALL.search(text) and name not in ("api.ts", "calls.ts")}
    assert others == set(CARDS)


def test_each_says_how():
    for acts in (PAGES, OWN_PAGE, ISLANDS, CARDS):
        assert [name for name, (said, back) in acts.items() if said not in TOLD or back not in BACK] == []


def test_what_is_final_is_sent_by_a_form_that_asks_before():
    asks = {address for name, text in templates() for address in CONFIRMED.findall(text)}
    assert asks == {
        "pages:token-revoke",
        "pages:webhook-remove",
        "pages:member-remove",
        "pages:passkey-remove",
        "model-pages:trial-delete",
    }


def test_pages_say_it_in_one_way():
    said = [
        path.name
        for app in ("annotate", "modelsvc")
        for path in (ROOT / app / "pages").glob("*.py")
        if "messages.success(" in path.read_text()
    ]
    assert said == []
