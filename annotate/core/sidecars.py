"""Star ratings in XMP sidecars (ISO 16684-1), the small files beside photos that photo software reads and writes.

A sidecar that is there keeps every byte but its rating, and a rating that somebody else gave stays. Files are handled
as text, since an XML writer would lose comments, packet marks and the names that others gave to namespaces.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Literal, get_args
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from annotate.core.errors import SmartBlurError

Naming = Literal["PHOTO.xmp", "PHOTO.JPG.xmp"]
"""How photo software names sidecars: commercial programs the short way, darktable, digiKam and Geeqie the long way."""
NAMINGS: tuple[Naming, ...] = get_args(Naming)
XMP, RDF = "http://ns.adobe.com/xap/1.0/", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OURS = "SmartBlur"
REJECTED = -1
MAX_BYTES = 2**20
NEW = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="{OURS}">
 <rdf:RDF xmlns:rdf="{RDF}">
  <rdf:Description rdf:about="" xmlns:xmp="{XMP}" xmp:Rating="%d"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""


class InvalidSidecar(SmartBlurError):
    """A sidecar that cannot be read, and so is left as it is."""

    code = "invalid_sidecar"


def sidecar_name(photo: str, naming: Naming) -> str:
    """The name of a photo's sidecar, in the folder of the photo."""
    return f"{PurePath(photo).stem}.xmp" if naming == "PHOTO.xmp" else f"{PurePath(photo).name}.xmp"


def new_sidecar(stars: int) -> str:
    """A sidecar that says nothing but a rating of 1 to 5 stars, or `REJECTED`."""
    return NEW % stars


def with_rating(sidecar: str, stars: int) -> str | None:
    """The sidecar with this rating and nothing else changed; None if it has one that somebody else gave.

    A rating of 0 is none. That of a file which this program made may be replaced.

    Raises:
        InvalidSidecar: it is no XMP, or writes its rating in a way that is not known here.
    """
    before = _facts(sidecar)
    if before.rating not in ("", "0") and not before.is_ours:
        return None
    edited = _edited(sidecar, stars, before.prefix)
    after = _facts(edited)
    if after.rating != str(stars) or after.others != before.others:
        raise InvalidSidecar("Its rating is written in a way that is not known here.")
    return edited


class _Facts:
    """What a sidecar says: its rating as text, and all the rest."""

    def __init__(self, root: Element, prefix: str) -> None:
        rating = f"{{{XMP}}}Rating"
        self.prefix = prefix
        self.is_ours = root.get("{adobe:ns:meta/}xmptk", "").startswith(OURS)
        self.others: list[tuple[str, tuple[tuple[str, str], ...], str]] = []
        found: list[str] = []
        for element in root.iter():
            found += [element.text or ""] if element.tag == rating else []
            found += [element.attrib[rating]] if rating in element.attrib else []
            if element.tag != rating:
                kept = tuple(sorted(item for item in element.attrib.items() if item[0] != rating))
                self.others.append((element.tag, kept, (element.text or "").strip()))
        if len(found) > 1:
            raise InvalidSidecar("It has several ratings.")
        self.rating = found[0].strip() if found else ""


def _facts(sidecar: str) -> _Facts:
    if len(sidecar) > MAX_BYTES:
        raise InvalidSidecar("It is larger than a sidecar is.")
    try:
        root = fromstring(sidecar.lstrip("\ufeff"))
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise InvalidSidecar("It is no XML: %(error)s.", error=str(error)) from None
    if next(root.iter(f"{{{RDF}}}Description"), None) is None:
        raise InvalidSidecar("It is no XMP: there is no rdf:Description in it.")
    prefix = re.search(rf"""xmlns:([\w.-]+)\s*=\s*["']{re.escape(XMP)}["']""", sidecar)
    return _Facts(root, prefix[1] if prefix else "")


def _edited(sidecar: str, stars: int, prefix: str) -> str:
    name = f"{prefix or 'xmp'}:Rating"
    for pattern in (rf"""(\s{name}\s*=\s*["'])[^"']*(["'])""", rf"(<{name}>)[^<]*(</{name}>)"):
        edited, count = re.subn(pattern, rf"\g<1>{stars}\g<2>", sidecar)
        if count:
            return edited
    rdf = re.search(rf"""xmlns:([\w.-]+)\s*=\s*["']{re.escape(RDF)}["']""", sidecar)
    start = re.search(rf"<{rdf[1] if rdf else 'rdf'}:Description\b[^>]*?(?=\s*/?>)", sidecar)
    if start is None:
        return sidecar
    declared = "" if f"xmlns:{prefix or 'xmp'}=" in start[0] else f' xmlns:{prefix or "xmp"}="{XMP}"'
    return f'{sidecar[: start.end()]}{declared} {name}="{stars}"{sidecar[start.end() :]}'
