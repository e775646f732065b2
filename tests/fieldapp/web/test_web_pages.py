"""Every page of every role: no dead link, no repeated id, labels for inputs, nothing inline or foreign."""

import re
from collections import Counter
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient

from fieldapp.web import assets

ROLES = ["engineer", "reviewer", "contractor", "service", "admin", "stranger"]
#: Item pages, photos and journal pages are all made alike: a few of each site are enough.
SAMPLED = 2


class Page(HTMLParser):
    """What matters of a page: its links, ids, labels, and what it should not hold."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.controls: list[str] = []
        self.inline: list[str] = []
        self.tags: Counter[str] = Counter()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self.tags[tag] += 1
        self.links += [values[key] for key in ("href", "src") if values.get(key)]
        self.ids += [values["id"]] if "id" in values else []
        self.labels += [values["for"]] if tag == "label" else []
        if tag in ("input", "select", "textarea") and values.get("type") != "hidden":
            self.controls.append(values.get("id", ""))
        if tag == "style" or "style" in values or any(key.startswith("on") for key in values):
            self.inline.append(tag)
        if tag == "script" and "src" not in values:
            self.inline.append(tag)


def crawl(client: FlaskClient) -> dict[str, Page]:
    """Follow the links from the home page on; every one must answer on this server."""
    seen: dict[str, Page] = {}
    waiting, kinds = ["/"], Counter[str]()
    while waiting:
        address = waiting.pop(0)
        kind = re.sub(r"(items|photos)/.*|\?.*", r"\1", address)
        if address in seen or address.startswith("/field/") or kinds[kind] >= SAMPLED:
            continue
        kinds[kind] += 1
        response = client.get(address, follow_redirects=True)
        assert response.status_code < 400, f"{address} answers {response.status_code}"
        seen[address] = Page(response.text if response.mimetype == "text/html" else "")
        for link in seen[address].links:
            if link.startswith("data:"):
                continue
            parts = urlsplit(urljoin(f"http://localhost{address}", link))
            assert parts.netloc == "localhost", f"{address} leads elsewhere: {link}"
            waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return seen


@pytest.fixture(scope="module", params=ROLES)
def crawled(built, request) -> tuple[str, dict[str, Page]]:
    return request.param, crawl(built.client(request.param))


def test_every_link_answers_and_every_page_is_sound(crawled, built):
    role, pages = crawled
    assert len(pages) > (8 if role == "stranger" else 15)
    for address, page in pages.items():
        repeated = [name for name, count in Counter(page.ids).items() if count > 1]
        assert not repeated, f"{address} has these ids twice: {repeated}"
        assert not page.inline, f"{address} has inline {page.inline}"
        assert set(page.labels) <= set(page.ids), f"{address} has a label for nothing"
        unlabelled = [control for control in page.controls if control not in page.labels]
        assert not unlabelled, f"{address} has an input without a label"
        if page.tags:
            landmarks = (page.tags["main"], page.tags["h1"], page.tags["header"], page.tags["footer"])
            assert landmarks == (1, 1, 1, 1), address
    sites = {address.split("/")[2] for address in pages if re.match(r"/sites/[0-9a-f-]{36}", address)}
    expected = {"stranger": 0, "contractor": 4, "service": 1}.get(role, len(built.sites))
    assert len(sites) == expected


def test_links_inside_a_page_have_their_target(built):
    client = built.client("reviewer")
    for name in ("checklists", "review", "probe"):
        page = Page(client.get(f"/sites/{built.sites['submitted']}/{name}").text)
        assert "content" in page.ids
        inside = {link[1:] for link in page.links if link.startswith("#")}
        assert inside <= set(page.ids)


def test_pages_allow_only_what_is_our_own(built):
    response = built.client("engineer").get("/")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["Cache-Control"] == "no-store"


def test_a_hostile_site_name_stays_text(built):
    client, site = built.client("engineer"), built.sites["unassigned"]
    for address in ("/", "/sites", f"/sites/{site}", f"/sites/{site}/checklists", f"/sites/{site}/one-line"):
        html = client.get(address).text
        assert "<script>alert" not in html, address
        assert "&lt;script&gt;alert" in html, address


def test_times_stand_in_the_zone_of_the_site_with_its_name(built):
    html = built.client("engineer").get(f"/sites/{built.sites['issued']}/journal").text
    shown = re.findall(r'<time datetime="([^"]+)" title="Europe/Berlin">([^<]+)</time>', html)
    assert shown
    for moment, text in shown:
        assert moment.endswith("+00:00")
        assert text.endswith((" CET", " CEST"))


def test_an_asset_is_kept_for_ever_under_its_digest(built):
    client = built.client()
    with built.app.test_request_context():
        address = assets.address("app.css")
    assert "immutable" in client.get(address).headers["Cache-Control"]
    assert "immutable" not in client.get("/assets/app.css?v=stale").headers.get("Cache-Control", "")
    assert client.get("/assets/../formats.py").status_code == 404


def test_the_tablet_page_answers_built_or_not(built):
    response = built.client("contractor").get("/field/")
    assert response.status_code in (200, 503)
    if response.status_code == 200:
        assert response.headers["Cache-Control"] == "no-cache"
    else:
        assert "script/setup" in response.text


def test_a_built_tablet_page_is_served_as_a_service_worker_needs_it(built, tmp_path, monkeypatch):
    for name in ("index.html", "sw.js", "assets/index-abc.js", "manifest.webmanifest"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("<!doctype html><title>Tablet</title>")
    monkeypatch.setattr("fieldapp.web.field.BUILD", tmp_path)
    client = built.client()
    assert client.get("/field").headers["Location"] == "/field/"
    assert client.get("/field/").headers["Cache-Control"] == "no-cache"
    worker = client.get("/field/sw.js").headers
    assert (worker["Cache-Control"], worker["Service-Worker-Allowed"]) == ("no-cache", "/field/")
    assert "immutable" in client.get("/field/assets/index-abc.js").headers["Cache-Control"]
    assert client.get("/field/missing.js").status_code == 404
    assert client.get("/field/../config.py").status_code == 404
