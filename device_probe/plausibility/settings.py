"""What the device says of itself: its transformers against the plan, and a device that says nothing. Pure."""

import re
from collections.abc import Iterable, Iterator

from device_probe.model import RawBlock, Reading
from device_probe.plausibility.measured import Context, Values
from device_probe.plausibility.outcome import Doubt, Outcome, contradicted

RATIO_SPREAD = 0.02
LEAST_REGISTERS = 4
# what a device that is there always has: a name, a number, a version, the transformers it is set for
NEVER_EMPTY = re.compile(
    r"manufacturer\w*|device_(model|name|type|class|info)|meter_(name|type|code)|model_code|platform_type"
    r"|product_\w+|article_number|order_number|sunspec_id|serial_number|firmware_version|hardware_version"
    r"|[cv]t_(primary|secondary)|nominal_frequency"
)
EMPTY = {b"\0": "0", b"\xff": "0xFFFF"}


def settings(values: Values, context: Context) -> Iterator[Outcome]:
    """Compare the transformers that the device is set for with those of the plan."""
    primary = values.get("ct_primary")
    if primary is None or context.planned_ct_a is None or primary.value <= 0:
        return
    if abs(primary.value - context.planned_ct_a) > RATIO_SPREAD * context.planned_ct_a + primary.grain / 2:
        scaled = tuple(name for name in values if "current_l" in name or "_power_" in name)
        words = (
            f"the device is set for transformers of {primary.value:g} A, "
            f"the plan says {context.planned_ct_a:g} A"
        )
        yield from contradicted("ct setting", ("ct_primary", *scaled), words, "setting")


def filler(blocks: Iterable[RawBlock]) -> str | None:
    """Return what stands in every register that was read when they are all 0 or all 0xFFFF."""
    data = b"".join(bytes.fromhex(b.data_hex) for b in blocks if b.table in ("holding", "input"))
    if len(data) < 2 * LEAST_REGISTERS or len(set(data)) > 1:
        return None
    return EMPTY.get(data[:1])


def blank(readings: Iterable[Reading], blocks: Iterable[RawBlock]) -> tuple[Doubt, ...]:
    """Return the doubt about a device that answers, but with nothing at all."""
    found = filler(blocks)
    asked = tuple(readings)
    if found is None or not any(NEVER_EMPTY.fullmatch(r.quantity) for r in asked):
        return ()
    words = f"every register that was read holds {found}, also those that are never empty"
    return (Doubt(tuple(r.quantity for r in asked if r.value is not None), words, True),)
