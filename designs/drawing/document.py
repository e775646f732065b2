"""A picture as a whole SVG document."""

from html import escape

from designs.drawing import symbols


def document(title: str, description: str, width: float, height: float, content: list[str]) -> str:
    """Return a whole SVG document; ``title`` and ``description`` are what a screen reader says."""
    name, size = escape(symbols.clean(title)), f"{symbols.number(width)} {symbols.number(height)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img" aria-label="{name}">'
        f"<title>{name}</title><desc>{escape(symbols.clean(description))}</desc>{''.join(content)}</svg>\n"
    )
