"""`{% prose text %}`: what a person wrote, as paragraphs and lists; everything in it is escaped."""

from django import template

register = template.Library()


@register.inclusion_tag("annotate/prose.html")
def prose(text: str) -> dict[str, list]:
    """Blocks parted by empty lines: a list where every line starts with "- ", else a paragraph."""
    blocks = [block.splitlines() for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]
    return {"blocks": [as_block(lines) for lines in blocks]}


def as_block(lines: list[str]) -> dict[str, list[str]]:
    """The block's lines as items of a list or lines of a paragraph."""
    lines = [line.strip() for line in lines if line.strip()]
    if all(line.startswith(("- ", "* ")) for line in lines):
        return {"bullets": [line[2:] for line in lines]}
    return {"lines": lines}
