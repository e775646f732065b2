"""Metadata that WeasyPrint has no option for: PDF/UA identification, and the pack's own names."""

from xml.sax.saxutils import escape

NAMESPACE = "urn:fieldapp:ns:pack:1:"

# PDF/A allows a property outside its own list only with a description of its schema (ISO 19005-3, 6.6.2.3).
_TEMPLATE = """<rdf:Description rdf:about=""
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pack="{namespace}">
<pack:packId>{pack_id}</pack:packId><pack:manifestDigest>{digest}</pack:manifestDigest>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag>
{schemas}
</rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""
_SCHEMA = """<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>{title}</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{namespace}</pdfaSchema:namespaceURI><pdfaSchema:prefix>{prefix}</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"""
_PROPERTY = """<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>
<pdfaProperty:valueType>{type}</pdfaProperty:valueType><pdfaProperty:category>{category}</pdfaProperty:category>
<pdfaProperty:description>{description}</pdfaProperty:description></rdf:li>"""


def addition(pack_id: str, digest: str) -> bytes:
    """Return the descriptions to stand before the end of the document's RDF."""
    text = _TEMPLATE.format(
        namespace=NAMESPACE, pack_id=escape(pack_id), digest=digest, schemas="\n".join((_ua(), _pack()))
    )
    return text.encode()


def _ua() -> str:
    part = _PROPERTY.format(
        name="part",
        type="Integer",
        category="internal",
        description="Part of ISO 14289 that the file follows",
    )
    return _SCHEMA.format(
        title="PDF/UA identification",
        namespace="http://www.aiim.org/pdfua/ns/id/",
        prefix="pdfuaid",
        properties=part,
    )


def _pack() -> str:
    named = {
        "packId": "Identifier of the handover pack",
        "manifestDigest": "SHA-256 of the attached canonical manifest",
    }
    properties = "".join(
        _PROPERTY.format(name=name, type="Text", category="external", description=text)
        for name, text in named.items()
    )
    return _SCHEMA.format(title="Handover pack", namespace=NAMESPACE, prefix="pack", properties=properties)
