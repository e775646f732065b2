"""The fast way from answers to readings gives exactly what the plain way gives, for every profile."""

import random
from dataclasses import fields

import pytest

from device_probe import blocks as blocks_module
from device_probe.blocks import decode_blocks
from device_probe.model import RawBlock
from device_probe.plan import plan_requests
from device_probe.profile import PROFILES, Point
from device_probe.profile_schema import load_profile
from device_probe.sheet import Sheet, sheet_of

FILES = sorted(path.stem for path in PROFILES.glob("*.yaml"))
# registers that devices send: nothing, small numbers, "not available" of every width, NaN, infinity
TYPICAL = [0, 0, 1, 2, 230, 2301, 0x4366, 0x8000, 0x7FFF, 0xFFFF, 0x7FC0, 0xFFC0, 0x7F80, 0xFF80, 0x3F80]


def recorded(profile, draw: random.Random) -> list[RawBlock]:
    found = []
    for block in plan_requests(profile, 1):
        if block.table in ("coil", "discrete"):
            data = bytes(draw.randrange(256) for _ in range((block.count + 7) // 8))
        else:
            words = [draw.choice([draw.choice(TYPICAL), draw.randrange(65536)]) for _ in range(block.count)]
            data = b"".join(word.to_bytes(2, "big") for word in words)
        if draw.random() < 0.95:  # now and then a request was not answered
            found.append(RawBlock(block.unit, block.table, block.address, block.count, data.hex(), "t"))
    return found


@pytest.mark.parametrize("name", FILES)
def test_fast_and_plain_decoding_agree(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    profile, draw = load_profile(name), random.Random(name)
    for _ in range(6):
        blocks = recorded(profile, draw)
        fast = decode_blocks(profile, 1, blocks, {})
        with monkeypatch.context() as patch:
            patch.setattr(Sheet, "fill", lambda *_: None)
            plain = decode_blocks(profile, 1, blocks, {})
        assert list(map(repr, fast)) == list(map(repr, plain)) or fast == plain


def test_plain_numbers_do_take_the_fast_way() -> None:
    profile = load_profile("eastron-sdm630")
    points = tuple(p for p in profile.points if p.access != "wo")
    blocks = plan_requests(profile, 1)
    places = [next(i for i, block in enumerate(blocks) if point in block.points) for point in points]
    sheet = sheet_of(profile, points, places, [block.address for block in blocks])
    assert sum(len(column.cells) for column in sheet.columns) > 0.9 * len(points)


def test_a_new_key_of_a_point_is_left_to_the_plain_way_until_the_fast_one_knows_it() -> None:
    known = {
        "quantity", "table", "address", "type", "length", "unit", "scale", "offset", "na", "also_na",
        "access", "enum", "bits", "mask", "shift", "encoding", "basis", "scale_register", "unit_id",
        "byte_swap",
        "fully_swapped", "alone", "optional", "may_close", "retry_na", "value", "safe_range", "station",
        "ratio_register", "whole_below", "sign_from", "valid_when", "write_function", "conflict",
    }  # fmt: skip
    assert {field.name for field in fields(Point)} <= known, "look at device_probe/sheet.py, then add it here"


def test_a_layout_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = load_profile("carlo-gavazzi-em340")
    blocks = recorded(profile, random.Random(1))
    decode_blocks(profile, 1, blocks, {})
    monkeypatch.setattr(blocks_module, "sheet_of", lambda *_: pytest.fail("worked out again"))
    assert decode_blocks(profile, 1, blocks, {})
