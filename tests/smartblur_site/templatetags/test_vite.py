import json
import os

import pytest
from django.core.exceptions import ImproperlyConfigured

from smartblur_site.templatetags import vite

MANIFEST = {
    "src/main.ts": {"file": "assets/main-a1.js", "css": ["assets/main-b2.css"], "imports": ["_shared"]},
    "_shared": {"file": "assets/shared-c3.js", "css": ["assets/main-b2.css", "assets/shared-d4.css"], "imports": []},
    "src/styles/site.css": {"file": "assets/site-e5.css"},
}


@pytest.fixture
def manifest(tmp_path, monkeypatch):
    path = tmp_path / "manifest.json"
    monkeypatch.setattr(vite, "MANIFEST", path)
    vite.read_manifest.cache_clear()
    yield path
    vite.read_manifest.cache_clear()


def test_a_script_brings_its_styles_and_preloads(manifest):
    manifest.write_text(json.dumps(MANIFEST))
    assert vite.vite("src/main.ts") == (
        '<link rel="stylesheet" href="/static/assets/main-b2.css">'
        '<link rel="stylesheet" href="/static/assets/shared-d4.css">'
        '<link rel="modulepreload" href="/static/assets/shared-c3.js">'
        '<script type="module" src="/static/assets/main-a1.js"></script>'
    )


def test_a_style_sheet_is_one_link(manifest):
    manifest.write_text(json.dumps(MANIFEST))
    assert vite.vite("src/styles/site.css") == '<link rel="stylesheet" href="/static/assets/site-e5.css">'


def test_an_unbuilt_front_end_names_the_remedy(manifest):
    with pytest.raises(ImproperlyConfigured, match="The front end is not built"):
        vite.vite("src/main.ts")


def test_an_unknown_entry_names_the_known_ones(manifest):
    manifest.write_text(json.dumps(MANIFEST))
    with pytest.raises(ImproperlyConfigured, match=r"no entry 'src/x.ts'; it has src/main.ts"):
        vite.vite("src/x.ts")


def test_a_new_build_is_read_again(manifest):
    manifest.write_text(json.dumps(MANIFEST))
    vite.vite("src/main.ts")
    manifest.write_text(json.dumps(MANIFEST | {"src/main.ts": {"file": "assets/main-z9.js"}}))
    os.utime(manifest, ns=(1, 1))
    assert vite.vite("src/main.ts") == '<script type="module" src="/static/assets/main-z9.js"></script>'
