"""Photos for the story: drawn nameplates, so that every picture in the pack says what it is of."""

import io
import random
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE = (960, 720)
FONT = "DejaVuSans.ttf"
#: So many different cabinet doors; only what is written on the plate is drawn for each photo.
DOORS = 12


def nameplate(tag: str, lines: tuple[str, ...]) -> bytes:
    """Draw a cabinet door with the label of ``tag`` and some lines below it; return a JPEG."""
    picture = _door(random.Random(tag).randrange(DOORS)).copy()  # noqa: S311 - a look, not a secret
    draw = ImageDraw.Draw(picture)
    draw.text((480, 240), tag, font=_font(88), fill=(20, 20, 20), anchor="mm")
    for number, line in enumerate(lines):
        draw.text((480, 344 + 50 * number), line[:34], font=_font(32), fill=(45, 45, 45), anchor="mm")
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=78)
    return output.getvalue()


@lru_cache(maxsize=DOORS)
def _door(number: int) -> Image.Image:
    """Return a scratched sheet of steel with an empty plate, a little askew."""
    chance = random.Random(number)  # noqa: S311
    base = chance.randint(150, 190)
    picture = Image.new("RGB", SIZE, (base, base + 4, base + 8))
    draw = ImageDraw.Draw(picture)
    for _ in range(700):
        x, y, tone = chance.randrange(SIZE[0]), chance.randrange(SIZE[1]), base + chance.randint(-14, 14)
        draw.line((x, y, x + chance.randint(20, 140), y), fill=(tone, tone + 4, tone + 8))
    picture = picture.filter(ImageFilter.GaussianBlur(1.2))
    _plate(ImageDraw.Draw(picture))
    return picture.rotate(chance.uniform(-1.2, 1.2), fillcolor=(base, base, base))


def _plate(draw: ImageDraw.ImageDraw) -> None:
    draw.rounded_rectangle((184, 152, 776, 560), 14, fill=(246, 244, 236), outline=(60, 60, 60), width=5)
    for x in (208, 752):
        for y in (176, 536):
            draw.ellipse(
                (x - 10, y - 10, x + 10, y + 10), fill=(140, 140, 140), outline=(70, 70, 70), width=2
            )


@lru_cache(maxsize=4)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)
