"""`{% vite "src/main.ts" %}`: the tags that load one entry of the front-end bundle, from Vite's manifest."""

import json
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
MANIFEST = settings.BASE_DIR / "frontend" / "dist" / "manifest.json"


@register.simple_tag
def vite(entry: str) -> SafeString:
    """The stylesheet links, the preloads and the script of `entry`."""
    chunks = imported_chunks(entry)
    styles = dict.fromkeys(css for chunk in chunks for css in chunk.get("css", []))
    scripts = [chunk["file"] for chunk in chunks]
    if scripts[0].endswith(".css"):
        styles, scripts = dict.fromkeys(scripts), []
    return format_html(
        "{}{}{}",
        format_html_join("", '<link rel="stylesheet" href="{}">', ((address(file),) for file in styles)),
        format_html_join("", '<link rel="modulepreload" href="{}">', ((address(file),) for file in scripts[1:])),
        format_html_join("", '<script type="module" src="{}"></script>', ((address(file),) for file in scripts[:1])),
    )


def imported_chunks(entry: str) -> list[dict[str, Any]]:
    """The entry's chunk, then every chunk it imports at once, each one time."""
    manifest = read_manifest(MANIFEST.stat().st_mtime_ns if MANIFEST.exists() else None)
    if entry not in manifest:
        raise ImproperlyConfigured(f"The front end has no entry {entry!r}; it has {', '.join(manifest)}.")
    names = [entry]
    for name in names:
        names += [each for each in manifest[name].get("imports", []) if each not in names]
    return [manifest[name] for name in names]


@lru_cache(maxsize=1)
def read_manifest(built_at: int | None) -> dict[str, dict[str, Any]]:
    """Vite's manifest; `built_at` makes a new build be read again."""
    if built_at is None:
        raise ImproperlyConfigured("The front end is not built: `npm ci && npm run build` in frontend/.")
    return json.loads(MANIFEST.read_text())


def address(file: str) -> str:
    """Where the browser gets a file of the bundle; Vite has put a hash into its name."""
    return f"{settings.STATIC_URL}{file}"
