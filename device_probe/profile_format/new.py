"""The text of a new profile: empty with comments, or after the likeness of one that is known."""

import json
import re
from dataclasses import dataclass

from device_probe.problems import ProfileError
from device_probe.profile import PROFILES
from device_probe.profile_format.keys import ProfileSchema, keys_of

HEAD = """\
# A device profile for device-probe. Every key is explained in docs/recipes/add-a-device.md.
#   device-probe profile check {file}     says what is wrong in it
#   device-probe read --profile {file} --host 192.168.1.50 --unit 1     tries it
"""
MANNERS = (
    "max_registers_per_read: 125", "max_gap: 0", "forbidden_gaps: [{table: input, from: 43, to: 54}]",
    "joint_reads: [[voltage_l1_n, current_l1]]", "exact_reads: true", "even_start: true",
    "connect_delay_ms: 1500", "min_gap_ms: 60", "single_client: true", "unit_ids: [2]", "ports: [1502]",
    "na_by_type: {int16: 0x8000, uint16: 0xFFFF}",
)  # fmt: skip
SERIAL = ("baud: 9600", "parity: N", "stop_bits: 1")
GRID = (
    ("voltage_l{n}_n", "float32", "V", ""), ("current_l{n}", "float32", "A", ""),
    ("active_power_l{n}", "float32", "W", "scale: 1000, raw_unit: kW"),
)  # fmt: skip
TOTALS = (
    ("active_power_total", "float32", "W", "scale: 1000, raw_unit: kW"), ("frequency", "float32", "Hz", ""),
    ("active_energy_import_total", "float32", "Wh", "scale: 1000, raw_unit: kWh"),
)  # fmt: skip
CHARGER = (
    ("charger_state", "uint16", "", "enum: {0: available, 1: connected, 2: charging, 3: error}"),
    ("max_current_limit", "uint16", "A", "access: rw, safe_range: [6, 32], zero_means: pause"),
)
DC = (("dc_voltage", "float32", "V", ""), ("dc_power", "float32", "W", ""))
BATTERY = (("battery_soc", "uint16", "%", ""), ("battery_power", "int32", "W", ""))
OF_A_KIND = {
    "meter": (*TOTALS,), "analyser": (*TOTALS,), "ac_charger": (*TOTALS, *CHARGER),
    "dc_charger": (*TOTALS, *CHARGER, *DC), "inverter": (*TOTALS, *DC), "bess": (*TOTALS, *BATTERY),
}  # fmt: skip
SIGNS = {
    "inverter": "{active_power: export_positive}", "ac_charger": "{active_power: charging_positive}",
    "bess": "{active_power: import_positive, battery_power: charging_positive}",
    "dc_charger": "{active_power: charging_positive, dc_power: charging_positive}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is known of the new device; None: as the likeness has it, or the usual."""

    vendor: str | None = None
    model: str | None = None
    kind: str | None = None
    phases: int | None = None
    transport: str | None = None
    word_order: str | None = None


def new_profile(profile_id: str, file: str, wishes: Wishes, like: str | None = None) -> str:
    """Return the text of a profile that passes the check and waits for its facts."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", profile_id):
        slug = re.sub(r"[^a-z0-9]+", "-", profile_id.lower()).strip("-") or "my-device"
        raise ProfileError(
            f"{file}: a profile's file is named with small letters, digits and single hyphens; "
            f"write {slug}.yaml."
        )
    return _alike(profile_id, file, wishes, like) if like else _empty(profile_id, file, wishes)


def _empty(profile_id: str, file: str, wishes: Wishes) -> str:
    kind, transport = wishes.kind or "meter", wishes.transport or "tcp"
    means, phases = keys_of(ProfileSchema), wishes.phases or 3
    manners = (*MANNERS, *(SERIAL if transport == "rtu_gateway" else ()))
    lines = [
        HEAD.format(file=file).rstrip(),
        f"id: {profile_id}",
        f"vendor: {_quoted(wishes.vendor or 'Vendor')}",
        f"model: {_quoted(wishes.model or 'Model')}",
        f"kind: {kind}",
        f"phases: {phases}",
        f"transport: {transport}",
        "default_unit_id: 1",
        "default_port: 502",
        f"word_order: {wishes.word_order or 'big'}  # {means['word_order']}",
        "addresses_from: 0  # as in the request; else the number that the manual gives to the first register",
        "",
        "# How it wants to be read. Take the mark away where the manual says so.",
        *(f"# {line}  # {means[line.split(':')[0]]}" for line in manners),
        "",
        "# A register that no other device has: contains a text, value, one of values, or a range.",
        "# identity: {model: {table: holding, address: 0, type: uint16, value: 71}}",
        f"sign: {SIGNS.get(kind, '{active_power: import_positive}')}  # by the manual, or by a known load",
        "",
        "# Replace every address, type and scale by the manual's. value = raw * scale + offset.",
        "points:",
        *_points(kind, phases),
        "",
        "notes: []",
        "sources: []  # document, edition and page of every block",
        "confidence: low  # until every value was compared with the device's display",
    ]
    return "\n".join(lines) + "\n"


def _points(kind: str, phases: int) -> list[str]:
    names = [(name.format(n=n), *rest) for name, *rest in GRID for n in range(1, phases + 1)]
    address, lines = 0, []
    for name, kind_of_number, unit, more in (*names, *OF_A_KIND[kind]):
        parts = [f"table: holding, address: {address}, type: {kind_of_number}"]
        parts += [f'unit: "{unit}"' if unit == "%" else f"unit: {unit}"] if unit else []
        parts += [more] if more else []
        lines.append(f"  {name}: {{{', '.join(parts)}}}")
        address += 2
    return lines


def _alike(profile_id: str, file: str, wishes: Wishes, like: str) -> str:
    path = PROFILES / f"{like}.yaml"
    if not re.fullmatch(r"[a-z0-9-]+", like) or not path.is_file():
        raise ProfileError(f"There is no profile {like!r}; `device-probe profiles` lists them.")
    text = path.read_text(encoding="utf-8")
    changes = {
        "id": profile_id,
        "vendor": None if wishes.vendor is None else _quoted(wishes.vendor),
        "model": None if wishes.model is None else _quoted(wishes.model),
        "kind": wishes.kind,
        "phases": wishes.phases,
        "transport": wishes.transport,
        "word_order": wishes.word_order,
        "confidence": "low",
    }
    for key, value in changes.items():
        if value is not None:
            text = _with_line(text, key, f"{key}: {value}")
    comment = f"# Copied from {like}: compare every fact with the manual of the new device.\n"
    return HEAD.format(file=file) + comment + text


def _with_line(text: str, key: str, line: str) -> str:
    """Replace the one line at the left edge that gives a key."""
    return re.sub(rf"^{key}: .*$", lambda _: line, text, count=1, flags=re.MULTILINE)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
