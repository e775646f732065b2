"""Registers written by hand, served as they are: a YAML or JSON file of unit -> table -> address -> words."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from device_probe.problems import PlanFileError, ProfileError
from device_probe.profile_schema import read_yaml
from device_probe.simulator import device as answers
from device_probe.simulator.device import Served, exception
from device_probe.simulator.frames import Request
from device_probe.simulator.image import BY_ITSELF, Image, Words
from device_probe.simulator.line import Outcome, PortManners

RawImage = Image
TABLES = ("holding", "input", "coil", "discrete")
OPTIONAL = (
    "device",
    "note",
    "source",
    "profile",
    "unit",
    "expected",
    "absent",
    "by_itself",
)  # words about the image, for its reader


def load_raw_image(path: Path) -> RawImage:
    """Load an image; PlanFileError in one sentence when it is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text) if path.suffix == ".json" else read_yaml(text, path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise PlanFileError(f"{path.name}: the image cannot be read; check the path.") from error
    except (json.JSONDecodeError, ProfileError) as error:
        raise PlanFileError(f"{path.name}: this is neither YAML nor JSON; correct the text.") from error
    return parse_raw_image(document, path.name)


def parse_raw_image(document: Any, name: str) -> RawImage:
    """Turn a document into an image: {units: {unit: {table: {address: words}}}}, ``units:`` may be left out.

    Words are numbers, or text of hex digits: 4 for each register, blanks as you like. ``by_itself`` holds
    what a register tells when nothing is read with it.
    """
    units = document.get("units", document) if isinstance(document, Mapping) else None
    if not isinstance(units, Mapping) or not units:
        raise PlanFileError(f"{name}: an image must map unit -> table -> address -> words.")
    image: RawImage = {}
    _add(image, units, name, "")
    _add(image, document.get("by_itself", {}), name, f" {BY_ITSELF}")
    return image


def _add(image: RawImage, units: Any, name: str, suffix: str) -> None:
    if not isinstance(units, Mapping):
        raise PlanFileError(f"{name}: by_itself must map unit -> table -> address -> words.")
    for unit, tables in units.items():
        if unit in OPTIONAL:
            continue
        if not _in_range(unit, 255) or not isinstance(tables, Mapping):
            raise PlanFileError(f"{name}: {unit!r} is no unit id with tables; give 0 to 255.")
        for table, places in tables.items():
            if table not in TABLES or not isinstance(places, Mapping):
                raise PlanFileError(f"{name}: unit {unit}: {table!r} is none of {', '.join(TABLES)}.")
            image[int(unit), table + suffix] = _words(places, f"{name}: unit {unit}, {table}")


def _words(places: Mapping[Any, Any], where: str) -> Words:
    found: Words = {}
    for address, content in places.items():
        if not _in_range(address, 65535):
            raise PlanFileError(f"{where}: {address!r} is no address; give 0 to 65535.")
        for offset, word in enumerate(_content(content, f"{where} {address}")):
            if int(address) + offset in found:
                raise PlanFileError(f"{where} {address}: register {int(address) + offset} is given twice.")
            found[int(address) + offset] = word
    return found


def _content(content: Any, where: str) -> list[int]:
    if isinstance(content, str):
        digits = re.sub(r"[\s_]|0x", "", content)
        if len(digits) % 4 or not re.fullmatch(r"[0-9A-Fa-f]*", digits):
            raise PlanFileError(f"{where}: {content!r} is not 4 hex digits for each register.")
        return [int(digits[i : i + 4], 16) for i in range(0, len(digits), 4)]
    items = content if isinstance(content, list) else [content]
    found: list[int] = []
    for item in items:
        if isinstance(item, str):
            found += _content(item, where)
        elif _in_range(item, 65535):
            found.append(item)
        else:
            raise PlanFileError(f"{where}: {item!r} is no register's content; give 0 to 65535 or hex digits.")
    return found


def _in_range(value: Any, highest: int) -> bool:
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= highest


class RawPort:
    """A port behind which an image stands; writes are refused."""

    def __init__(self, image: RawImage) -> None:
        self._image = image
        self._units = {unit for unit, _ in image}

    def handle(self, request: Request) -> Outcome:
        """Answer one request."""
        if request.unit not in self._units:
            return Outcome(exception(request.pdu[0], answers.NO_TARGET))
        return Outcome(answers.answer(Served(self._image), request.unit, request.pdu))

    def manners(self) -> PortManners:
        """Return that an image takes every client."""
        return PortManners()

    def reachable(self) -> bool:
        """Return that an image always answers."""
        return True
