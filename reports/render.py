"""HandoverPack -> PDF/A-3a with the manifest attached. The only door to WeasyPrint and Jinja2 here.

The same pack gives the same bytes: every date comes from the pack, every font from this package.
"""

import datetime as dt
import hashlib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup
from weasyprint import CSS, HTML, Attachment
from weasyprint.document import Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from checklists.words import BECAUSE_WORDS, INSTRUMENTS
from reports import (
    asbuilt,
    gallery,
    glyphs,
    manifest,
    photos,
    probing,
    register,
    schedule,
    sheets,
    summary,
    svg,
    words,
    xmp,
)
from reports.errors import DrawingError, PhotoError, RenderError
from reports.model import HandoverPack
from reports.names import Names, label

Progress = Callable[[str, int, int], None]
TEMPLATES = Path(__file__).parent / "templates"
_STEPS = ("Collecting", "Preparing photos", "Composing pages", "Writing the document")
_VARIANT = "pdf/a-3a"


class ClosedFetcher(URLFetcher):  # type: ignore[misc]
    """Serves what the pack itself holds under ``pack:`` names. Nothing is ever fetched from anywhere else."""

    def __init__(self, held: Mapping[str, tuple[str, bytes]]) -> None:
        super().__init__(allowed_protocols=frozenset())
        self._held = held

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:  # noqa: ARG002
        """Return a held resource; any other address is refused."""
        if url not in self._held:
            raise ValueError(f"{url[:80]} is not part of the pack")
        media_type, content = self._held[url]
        return URLFetcherResponse(url, content, {"Content-Type": media_type})


def render(pack: HandoverPack, progress: Progress | None = None) -> bytes:
    """Return the pack as a PDF/A-3a and PDF/UA-1 document with its canonical manifest attached."""
    tell = progress or _silent
    tell(_STEPS[0], 0, len(_STEPS))
    content = manifest.canonical(manifest.manifest(pack))
    digest = manifest.digest_of(content)
    tell(_STEPS[1], 1, len(_STEPS))
    held, alternatives = _resources(pack)
    html = _html(pack, digest, content, alternatives)
    tell(_STEPS[2], 2, len(_STEPS))
    fonts = FontConfiguration()
    fetcher = ClosedFetcher(held)
    sheet = CSS(string=_stylesheet(), font_config=fonts, url_fetcher=fetcher)
    source = HTML(string=html, url_fetcher=fetcher)
    document = source.render(font_config=fonts, stylesheets=[sheet], pdf_variant=_VARIANT, pdf_tags=True)
    tell(_STEPS[3], 3, len(_STEPS))
    written = _write(document, pack, digest, content)
    tell(_STEPS[3], 4, len(_STEPS))
    return written


def _silent(step: str, done: int, total: int) -> None:
    del step, done, total


def _write(document: Document, pack: HandoverPack, digest: str, content: bytes) -> bytes:
    issued = _issued(pack)
    attached = Attachment(
        string=content,
        name=manifest.ATTACHMENT,
        description="Everything in this pack as canonical JSON",
        created=issued,
        modified=issued,
        relationship="Data",
    )
    original = document.metadata.generate_rdf_metadata
    addition = xmp.addition(pack.id, digest)

    def patched(*arguments: object) -> bytes:
        return bytes(original(*arguments).replace(b"</rdf:RDF>", addition + b"</rdf:RDF>"))

    document.metadata.generate_rdf_metadata = patched
    with warnings.catch_warnings():
        # WeasyPrint leaves the file of its colour profile to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        written = document.write_pdf(
            pdf_variant=_VARIANT, pdf_tags=True, attachments=[attached], pdf_identifier=digest.encode()
        )
    return bytes(written)


def _issued(pack: HandoverPack) -> dt.datetime:
    issued = words.parse(pack.issued_at)
    if issued is None:
        raise RenderError(f"issued_at of pack {pack.id} is {pack.issued_at!r}; give an ISO 8601 time in UTC.")
    return (issued.replace(tzinfo=dt.UTC) if issued.tzinfo is None else issued.astimezone(dt.UTC)).replace(
        microsecond=0
    )


def plain_pdf(template: str, stylesheet: str, context: Mapping[str, object]) -> bytes:
    """Return a document of our own template and fonts that holds no data and gets no seal."""
    try:
        html = _environment().get_template(template).render(context)
    except TemplateError as problem:
        raise RenderError(f"The template {template} failed: {problem}.") from problem
    fonts, fetcher = FontConfiguration(), ClosedFetcher(_fonts())
    style = (TEMPLATES / stylesheet).read_text(encoding="utf-8")
    sheet = CSS(string=style, font_config=fonts, url_fetcher=fetcher)
    document = HTML(string=html, url_fetcher=fetcher).render(font_config=fonts, stylesheets=[sheet])
    return bytes(document.write_pdf())


def _fonts() -> dict[str, tuple[str, bytes]]:
    return {
        f"pack:font/{face}": ("font/ttf", (glyphs.FONTS / name).read_bytes())
        for face, name in glyphs.FACES.items()
    }


def _resources(pack: HandoverPack) -> tuple[dict[str, tuple[str, bytes]], dict[str, str]]:
    """Return everything the page refers to by its ``pack:`` name, and why some of it can't be shown."""
    held = _fonts()
    broken: dict[str, str] = {}
    for name, text in _drawings(pack).items():
        try:
            held[name] = ("image/svg+xml", svg.embeddable(text))
        except DrawingError as refused:
            broken[name] = str(refused)
    for photo in pack.photos:
        name = f"pack:photo/{photo.sha256}"
        try:
            held[name] = ("image/jpeg", photos.printable(photo.data))
        except PhotoError as refused:
            broken[name] = str(refused)
    for index, drawing in enumerate(pack.signatures):
        held[f"pack:signature/{index}"] = ("image/svg+xml", svg.signature(drawing))
    return held, broken


def _drawings(pack: HandoverPack) -> dict[str, str]:
    drawings = {figure_name("site", name): text for name, text in pack.figures.items()}
    for run in pack.probe_runs:
        drawings.update({figure_name(run.number, name): text for name, text in run.figures.items()})
    return drawings


def figure_name(owner: object, name: str) -> str:
    """Return the address of a figure: hashed, for a name is free text."""
    return f"pack:figure/{hashlib.sha256(f'{owner}/{name}'.encode()).hexdigest()[:24]}"


def _stylesheet() -> str:
    return (TEMPLATES / "pack.css").read_text(encoding="utf-8")


def _html(pack: HandoverPack, digest: str, content: bytes, broken: Mapping[str, str]) -> str:
    names, photos_of = Names(pack), gallery.gallery(pack)
    try:
        return (
            _environment()
            .get_template("pack.html")
            .render(
                pack=replace(pack, journal=()),
                digest=digest,
                entries=len(pack.journal),
                issued=_issued(pack),
                names=names,
                clock=names.clock,
                broken=broken,
                drawings=sheets.sheets(pack.figures),
                summary=summary.summarise(pack),
                schedules=schedule.schedules(pack, names),
                study=asbuilt.study_table(pack),
                documents=register.documents(pack, names, photos_of),
                instruments=register.instruments(pack, names),
                gallery=photos_of,
                equipment=asbuilt.equipment(pack),
                addresses=asbuilt.addresses(pack),
                parameters=asbuilt.parameters(pack),
                runs=probing.run_pages(pack),
                answers=sorted(
                    ((attempt, record) for record in pack.records for attempt in record.attempts),
                    key=lambda pair: pair[0].number,
                ),
                unprintable=sorted(glyphs.unprintable(content.decode())),
            )
        )
    except TemplateError as problem:
        raise RenderError(f"The pack's template failed: {problem}.") from problem


def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.filters.update(
        number=words.number, figure=words.figure, mark=words.mark, label=label, codepoint=ord
    )
    environment.globals.update(figure_name=figure_name, because=BECAUSE_WORDS, classes=INSTRUMENTS)
    return environment


def _printable(value: object) -> object:
    """Keep every printed text to what the fonts can show; markup of our own macros went through it before."""
    return glyphs.printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
