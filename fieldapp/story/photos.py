"""Photos for the story: drawn nameplates, so that every picture in the pack says what it is of."""

import io
import random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE = (1200, 900)
FONT = "DejaVuSans.ttf"


def nameplate(tag: str, lines: tuple[str, ...]) -> bytes:
    """Draw a cabinet door with the label of ``tag`` and some lines below it; return a JPEG."""
    shade = random.Random(tag)  # noqa: S311 - a look, not a secret
    base = shade.randint(150, 190)
    picture = Image.new("RGB", SIZE, (base, base + 4, base + 8))
    draw = ImageDraw.Draw(picture)
    for _ in range(900):
        x, y, tone = shade.randrange(SIZE[0]), shade.randrange(SIZE[1]), base + shade.randint(-14, 14)
        draw.line((x, y, x + shade.randint(20, 160), y), fill=(tone, tone + 4, tone + 8))
    picture = picture.filter(ImageFilter.GaussianBlur(1.2))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((230, 190, 970, 700), 18, fill=(246, 244, 236), outline=(60, 60, 60), width=6)
    for x in (260, 940):
        for y in (220, 670):
            draw.ellipse(
                (x - 13, y - 13, x + 13, y + 13), fill=(140, 140, 140), outline=(70, 70, 70), width=3
            )
    draw.text((600, 300), tag, font=ImageFont.truetype(FONT, 110), fill=(20, 20, 20), anchor="mm")
    for number, line in enumerate(lines):
        font = ImageFont.truetype(FONT, 40)
        draw.text((600, 430 + 62 * number), line[:34], font=font, fill=(45, 45, 45), anchor="mm")
    output = io.BytesIO()
    picture.rotate(shade.uniform(-1.6, 1.6), fillcolor=(base, base, base)).save(output, "JPEG", quality=82)
    return output.getvalue()
