"""What becomes of HTML from elsewhere: each case as an editor of WordPress leaves it, and hostile ones."""

import json
import random
import time

import pytest

from dscp_cms.blocks import StoryBlock
from dscp_cms.fields import mend
from home.imports import markup
from home.imports.blocks import story

pytestmark = pytest.mark.once


class Elsewhere:
    """Every picture is found, every link leads where it says."""

    def link(self, address, words=""):
        return None if address.startswith("javascript:") else ("url", address)

    def image(self, address, number, alt):
        return None if "missing" in address else 7

    def reusable(self, number):
        return '<!-- wp:block {"ref":9} /-->' if number == 9 else None


def kinds(content):
    return [block["type"] for block in story(content, Elsewhere()).blocks]


def texts(content):
    return [block["value"] for block in story(content, Elsewhere()).blocks if block["type"] == "text"]


CASES = {
    "words without markup": ("One\n\ntwo\nthree", ["<p>One</p><p>two<br/>three</p>"]),
    "a picture in a paragraph": ('<p>Before <img src="a.jpg"> after</p>', ["<p>Before</p>", "<p>after</p>"]),
    "a picture that leads elsewhere": ('<a href="https://x.org"><img src="a.jpg" alt="Map"></a>', ['<p><a href="https://x.org">Map</a></p>']),
    "words that could be markup": ("<p>1 &lt; 2 &amp; &lt;b&gt;</p>", ["<p>1 &lt; 2 &amp; &lt;b&gt;</p>"]),
    "a link that runs a script": ('<p><a href="javascript:alert(1)">Press</a></p>', ["<p>Press</p>"]),
    "attributes and foreign tags": ('<p style="x" onclick="y"><span class="a">A</span> <u>B</u></p>', ["<p>A B</p>"]),
    "definitions": ("<dl><dt>CSPR</dt><dd>A review</dd></dl>", ["<p><b>CSPR</b></p><p>A review</p>"]),
    "verse": ("<pre>one\n  two</pre>", ["<p>one<br/> two</p>"]),
    "a gallery with words of its own": ('<figure class="wp-block-gallery"><figure><img src="a.jpg"></figure><figcaption>All</figcaption></figure>', ["<p>All</p>"]),
    "a classic text that was cut": ("Before<!--more Go on-->After", ["<p>Before</p><p>After</p>"]),
    "a heading that opens": ('<h3><button><span>Who?</span><span class="wp-block-accordion-heading__toggle-icon">+</span></button></h3><p>All.</p>', ["<p>All.</p>"]),
    "a heading with a link": ('<h2>See <a href="https://x.org">this</a></h2>', ['<p><a href="https://x.org">this</a></p>']),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_words_are_kept_as_rich_text(case):
    content, expected = CASES[case]
    assert texts(content) == expected


KINDS = {
    "gallery": ('[gallery ids="1,2"]', ["image", "image"]),
    "missing picture": ('<p><img src="missing.jpg" alt="x"></p>', ["unconverted"]),
    "form": ("<p>Sign</p><form><input name=a></form><p>up</p>", ["text", "unconverted", "text"]),
    "layout table": ("<table><tr><td><h2>A</h2><p>b</p></td><td><img src=a.jpg></td></tr></table>", ["heading", "text", "image"]),
    "film in a frame": ('<iframe src="https://www.youtube.com/embed/aqz-KE-bpKQ"></iframe>', ["video"]),
    "map in a frame": ('<iframe src="https://maps.example.org/x" title="Where we are"></iframe>', ["text"]),
    "quotation of nobody": ("<blockquote><p>Words.</p></blockquote>", ["text"]),
    "two answers": ("<details><summary>A</summary><p>b</p></details><details><summary>C</summary><p>d</p></details>", ["accordion"]),
    "block that holds itself": ('<!-- wp:block {"ref":9} /-->', ["unconverted"]),
    "dynamic block": ('<!-- wp:latest-posts {"postsToShow":5} /-->', ["unconverted"]),
    "unknown block with words": ("<!-- wp:acme/box --><div class=acme><p>Kept</p></div><!-- /wp:acme/box -->", ["text"]),
    "film as older versions embed it": ('<!-- wp:core-embed/youtube {"url":"x"} -->\n<figure class="wp-block-embed-youtube"><div class="wp-block-embed__wrapper">\nhttps://www.youtube.com/watch?v=aqz-KE-bpKQ\n</div></figure>\n<!-- /wp:core-embed/youtube -->', ["video"]),
    "cover as older versions have it": ('<div class="wp-block-cover" style="background-image:url(a.jpg)"><p>On it</p></div>', ["image", "text"]),
    "link to a network": ('<ul><!-- wp:social-link {"url":"https://x.org/us","service":"facebook"} /--></ul>', ["text"]),
    "nothing": ("<!-- wp:separator --><hr/><!-- /wp:separator -->\n&nbsp;", []),
    "deep nesting": ("<div>" * 5000 + "x", ["unconverted"]),
}  # fmt: skip


@pytest.mark.parametrize("case", KINDS)
def test_each_thing_becomes_a_block_or_is_kept(case, caplog):
    content, expected = KINDS[case]
    found = story(content, Elsewhere())
    assert [block["type"] for block in found.blocks] == expected
    mend(StoryBlock(), found.blocks, "a test")
    assert caplog.text == ""  # what doesn't fit its definition is dropped there, with a warning


def test_cells_across_columns_keep_their_words():
    html = "<table><tr><th>A</th><th>B</th></tr><tr><td colspan=2>Both <b>x</b></td></tr><tr><td rowspan=2>Long</td><td>1</td></tr><tr><td>2</td></tr></table>"
    found = story(html, Elsewhere())
    value = found.blocks[0]["value"]
    assert [column["heading"] for column in value["columns"]] == ["A", "B"]
    assert [row["values"] for row in value["rows"]] == [
        ["<p>Both <b>x</b></p>", ""], ["<p>Long</p>", "<p>1</p>"], ["", "<p>2</p>"]]  # fmt: skip
    assert "across" in found.notes[0]


LEAVES = (
    "<img src='a.jpg'>",
    "<iframe src='https://maps.example.org/'></iframe>",
    "<video src='https://x.org/a.mp4'></video>",
)
HOLDERS = ("div", "p", "h2", "h5", "blockquote", "pre", "span", "b", "li", "figcaption", "button", "form", "center", "cite", "td", "code", "ul")  # fmt: skip
SHAPES = (
    "<table><tr><td>{}</td><th>{}</th></tr><caption>{}</caption></table>",
    "<dl><dt>{}</dt><dd>{} {}</dd></dl>",
    "<details><summary>{}</summary>{} {}</details>",
    "<figure>{} {}<figcaption>{}</figcaption></figure>",
    "<figure><img src='a.jpg'>{}<figcaption>{} {}</figcaption></figure>",
    "<a href='https://x.org/'>{} {} {}</a>",
)


def nested(dice: random.Random, depth: int, words: list[str]) -> str:
    """HTML as nobody would write it and some plugin did; each word in it is told apart."""
    kind = dice.random()
    if not depth or kind < 0.3:
        words.append(f"w{len(words)}x")
        return f"{words[-1]} "
    if kind < 0.4:
        return dice.choice(LEAVES)
    inside = [nested(dice, depth - 1, words) for _ in range(3)]
    if kind < 0.7:
        return dice.choice(SHAPES).format(*inside)
    name = dice.choice(HOLDERS)
    return f"<{name}>{''.join(inside)}</{name}>"


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_however_it_is_nested(seed):
    dice = random.Random(seed)
    for _time in range(40):
        words: list[str] = []
        html = nested(dice, 4, words)
        made = json.dumps([block["value"] for block in story(html, Elsewhere()).blocks])
        assert [word for word in words if word not in made] == [], html
        assert made.count("maps.example.org") >= html.count("<iframe") and made.count("a.mp4") >= html.count("<video")
        assert made.count('"image": ') + made.count("<img") >= html.count("<img"), html


HOSTILE = ["<!-- wp:a {" * 20_000, "[a b=1]" * 3_000, "<b>" * 3_000, "[caption]" * 3_000, "<table>" * 300,
           "<ul><li>" * 1_000, "\n\n".join("<p>" for _ in range(5_000)), "&#x41;" * 20_000]  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_typed_takes_long_or_fails(content):
    began = time.process_time()
    story(content, Elsewhere())
    assert time.process_time() - began < 5


def test_classic_paragraphs():
    assert markup.autop("<blockquote>One\n\nTwo</blockquote>").count("<p>") == 2
    assert markup.autop("<pre>a\n\nb</pre>") == "<pre>a\n\nb</pre>"
