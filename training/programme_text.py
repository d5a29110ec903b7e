"""Rich text as the lines of a cell, and lines as rich text."""

import re

from bs4 import BeautifulSoup
from django.utils.html import escape

from training.programme_sheets import text


def plain_block(block) -> str:
    """A block’s words; of what isn’t words, that it is only on the page."""
    if block.block_type == "text":
        return plain(block.value.source)
    if block.block_type == "heading":
        return str(block.value.get("text", ""))
    return f"[{block.block.label}: only on the page]"


def plain(html: str) -> str:
    """Rich text as lines: a paragraph each, items of lists with a bullet."""
    soup = BeautifulSoup(html or "", "html.parser")
    for br in soup.find_all("br"):
        br.replace_with("\n")
    lines = []
    for node in soup.find_all(["p", "li"]):
        words = text(node.get_text(""))
        if words and not (node.name == "p" and node.find_parent("li")):
            lines.append(f"• {words}" if node.name == "li" else words)
    return "\n".join(lines) if lines else text(soup.get_text(" "))


def is_plain(html: str) -> bool:
    """Whether nothing is lost when it is written as lines and back."""
    return not re.search(r"<(?!/?(?:p|ul|li|br/?)\b)", html or "")


def rich(words: str) -> str:
    """Lines as rich text, the reverse of ``plain``."""
    html, open_list = "", False
    for line in filter(None, (each.strip() for each in words.split("\n"))):
        item = re.match(r"[•·\-*]\s+", line)
        if bool(item) != open_list:
            html += "<ul>" if item else "</ul>"
            open_list = bool(item)
        html += f"<li>{escape(line[item.end() :])}</li>" if item else f"<p>{escape(line)}</p>"
    return html + ("</ul>" if open_list else "")
