"""The checks of an issue's e-mail as it is printed: where its links lead and how they are worded, its headings."""

import re
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from django.http import Http404, HttpRequest
from django.urls import Resolver404, resolve
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Site

from dscp_cms import links
from dscp_cms.checking.wording import is_bare_address, is_vague
from dscp_cms.faces import absolute, is_ours
from dscp_cms.models import LinkCheck
from news.findings import Finding, block, warn

E_MAIL = "The e-mail"
OURS = ("foot", "ours")  # what the template adds to every mail


class PrintedMail:
    """The HTML of an issue, read once; what every mail carries is told apart from what editors wrote."""

    def __init__(self, html: str):
        self.soup = BeautifulSoup(html, "html.parser")

    def links(self) -> list[tuple[Tag, str]]:
        """The links in the editors' words, with the heading they stand under."""
        return [(link, place(link)) for link in self.soup.find_all("a", href=True) if not link.find_parent(class_=OURS)]

    def addresses(self) -> list[tuple[str, str, str]]:
        """Web addresses in the editors' words: (address, words of the link, where)."""
        return [
            (link["href"], " ".join(link.get_text(" ").split()), where)
            for link, where in self.links()
            if link["href"].startswith(("http://", "https://"))
        ]


def place(tag: Tag) -> str:
    """The section that a part of the mail stands in."""
    heading = tag.find_previous("h2")
    return " ".join(heading.get_text(" ").split()) if heading else "Introduction"


def dead_addresses(mail: PrintedMail, known: set[str]) -> list[Finding]:
    """Addresses of this site, typed or pasted, that lead nowhere; ``known`` are those of pages of ours."""
    found = []
    checked = {urlsplit(absolute(url)).path: True for url in known if url}
    for address, words, where in mail.addresses():
        if not is_ours(address):
            continue
        path = urlsplit(address).path or "/"
        if path not in checked:
            checked[path] = leads_somewhere(path)
        if not checked[path]:
            found.append(block(f"The link “{words}” leads to {path}, where our site has no page.", where))
    return found


def leads_somewhere(path: str) -> bool:
    """Whether the site answers a path with a page, a file or a redirect."""
    try:
        match = resolve(path)
    except Resolver404:
        return False
    if match.url_name != "wagtail_serve":
        return True
    site = Site.objects.select_related("root_page").get(is_default_site=True)
    try:
        site.root_page.specific.route(HttpRequest(), [part for part in path.split("/") if part])
    except Http404:
        return Redirect.get_for_site(site).filter(old_path=Redirect.normalise_path(path)).exists()
    return True


def outside_links(mail: PrintedMail) -> list[Finding]:
    """What is known of addresses on other sites; those without a fresh answer are noted for the worker."""
    outside = [found for found in mail.addresses() if not is_ours(found[0])]
    if not outside:
        return []
    known = {check.url: check for check in links.ask({address for address, *_ in outside})}
    findings, unchecked = [], 0
    for address, words, where in outside:
        check = known.get(address)
        if check is None or check.outcome == LinkCheck.Outcome.UNCHECKED:
            unchecked += 1
        elif check.outcome == LinkCheck.Outcome.DEAD:
            findings.append(warn(f"The link “{words}” is dead: {address}. {check.detail}", where))
        elif check.outcome == LinkCheck.Outcome.UNSURE:
            findings.append(warn(f"Try the link “{words}” yourself: {address}. {check.detail}", where))
    if unchecked:
        are = "1 link to another site is" if unchecked == 1 else f"{unchecked} links to other sites are"
        findings.append(warn(f"{are} still being checked. Look again in a minute.", E_MAIL))
    return findings


def vague_links(mail: PrintedMail) -> list[Finding]:
    """Links whose words don't say where they lead."""
    findings = []
    for _address, words, where in mail.addresses():
        if is_bare_address(words):
            findings.append(warn(f"The link “{words}” is a bare address. Say in words where it leads.", where))
        elif is_vague(words):
            findings.append(warn(f"The link “{words}” doesn't say where it leads. Name what people will find.", where))
    return findings


def headings(mail: PrintedMail) -> list[Finding]:
    """Headings that skip a level, which leaves people who listen to the mail without their bearings."""
    findings, before = [], 0
    for heading in mail.soup.find_all(re.compile(r"h[1-6]")):
        level = int(heading.name[1])
        if level > before + 1:
            words = " ".join(heading.get_text(" ").split())
            findings.append(
                warn(f"The heading “{words}” skips a level: a larger heading is missing above it.", place(heading))
            )
        before = level
    return findings
