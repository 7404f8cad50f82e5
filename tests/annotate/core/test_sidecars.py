import pytest
from defusedxml.ElementTree import fromstring

from annotate.core.sidecars import RDF, XMP, InvalidSidecar, new_sidecar, with_rating

FOREIGN = f"""<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>\r
<!-- of my raw developer -->
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <r:RDF xmlns:r="{RDF}">
  <r:Description r:about="" xmlns:a="{XMP}" xmlns:darktable="http://darktable.sf.net/"%s darktable:xmp_version="5">%s
   <darktable:history><r:Seq><r:li darktable:params="00ff"/></r:Seq></darktable:history>
  </r:Description>
 </r:RDF>
</x:xmpmeta>
<?xpacket end='w'?>"""


def rating(sidecar: str) -> str | None:
    description = fromstring(sidecar.lstrip("\ufeff")).find(f".//{{{RDF}}}Description")
    return description.get(f"{{{XMP}}}Rating")


def test_a_new_sidecar_is_a_rating() -> None:
    assert rating(new_sidecar(4)) == "4"
    assert new_sidecar(4).startswith('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>')


def test_a_rating_of_ours_is_replaced() -> None:
    assert with_rating(new_sidecar(4), 2) == new_sidecar(2)


@pytest.mark.parametrize(
    ("attribute", "element", "attribute_after", "element_after"),
    [
        ("", "", "", ""),
        (' a:Rating="0"', "", ' a:Rating="3"', ""),
        ("", "<a:Rating>0</a:Rating>", "", "<a:Rating>3</a:Rating>"),
    ],
)
def test_every_byte_of_a_foreign_sidecar_but_the_rating_stays(
    attribute: str, element: str, attribute_after: str, element_after: str
) -> None:
    after = with_rating(FOREIGN % (attribute, element), 3)
    expected = FOREIGN % (attribute_after, element_after)
    if not attribute and not element:
        expected = expected.replace('xmp_version="5"', 'xmp_version="5" a:Rating="3"')
        assert rating(after) == "3"
    assert after == expected


def test_a_description_without_the_namespace_gets_it() -> None:
    bare = f'<r:RDF xmlns:r="{RDF}"><r:Description r:about=""/></r:RDF>'
    assert with_rating(bare, 5) == bare.replace('""/>', f'"" xmlns:xmp="{XMP}" xmp:Rating="5"/>')


def test_a_rating_that_somebody_gave_stays() -> None:
    assert with_rating(FOREIGN % (' a:Rating="1"', ""), 5) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<x",
        "<a/>",
        FOREIGN % (' a:Rating="0"', "<a:Rating>0</a:Rating>"),
        '<!DOCTYPE a [<!ENTITY b "c">]>' + new_sidecar(1)[60:],
        new_sidecar(1) + " " * 2**20,
    ],
)
def test_what_is_no_sidecar_is_refused(text: str) -> None:
    with pytest.raises(InvalidSidecar):
        with_rating(text, 3)
