"""Device profile files: YAML -> Profile. Unknown keys and quantities outside the vocabulary are refused."""

import math
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from device_probe import quantities
from device_probe.problems import ProfileError
from device_probe.profile import PROFILES, REGISTERS, Identity, Point, Profile, Span, digest_of
from device_probe.sunspec_profile import is_dynamic, open_profile

TABLES = ("holding", "input", "coil", "discrete")
TYPES = (*REGISTERS, "string")


class Strict(Schema):
    """A schema that refuses keys it does not know."""

    class Meta:
        """marshmallow's options."""

        unknown = RAISE


class PointSchema(Strict):
    """One point, or one harmonics table (``address_of_h1``)."""

    table = fields.String(required=True, validate=validate.OneOf(TABLES))
    address = fields.Integer(strict=True, validate=validate.Range(0, 65535))
    type = fields.String(required=True, validate=validate.OneOf(TYPES))
    length = fields.Integer(strict=True, validate=validate.Range(1, 125))
    unit = fields.String()
    raw_unit = fields.String()
    scale = fields.Float()
    offset = fields.Float()
    na = fields.Raw()
    access = fields.String(validate=validate.OneOf(("r", "rw", "wo")))
    enum = fields.Dict()
    enum_groups = fields.Dict(keys=fields.String(), values=fields.List(fields.Raw()))
    bits = fields.Dict(keys=fields.Integer(), values=fields.String())
    mask = fields.Integer(strict=True)
    shift = fields.Integer(strict=True)
    encoding = fields.String()
    basis = fields.String(validate=validate.OneOf(("fundamental", "rms")))
    scale_register = fields.Integer(strict=True, validate=validate.Range(0, 65535))
    sunspec = fields.String()
    unit_id = fields.Integer(strict=True, validate=validate.Range(0, 255))
    global_register = fields.Boolean()
    byte_order = fields.String()
    byte_swap = fields.Boolean()
    read_alone = fields.Boolean()
    optional = fields.Boolean()
    retry_na = fields.Boolean()
    value = fields.Integer(strict=True)
    safe_range = fields.List(fields.Float(), validate=validate.Length(equal=2))
    zero_means = fields.String()
    note = fields.String()
    address_of_h1 = fields.Integer(strict=True, validate=validate.Range(0, 65535))
    stride = fields.Integer(strict=True, validate=validate.Range(1))
    from_ = fields.Integer(data_key="from", strict=True, validate=validate.Range(1))
    to = fields.Integer(strict=True, validate=validate.Range(1, 127))
    odd_only = fields.Boolean()
    h1_unit = fields.String()


class IdentityPointSchema(Strict):
    """A register that tells what a device is."""

    table = fields.String(load_default="holding", validate=validate.OneOf(TABLES))
    address = fields.Integer(required=True, strict=True, validate=validate.Range(0, 65535))
    type = fields.String(load_default="uint32", validate=validate.OneOf(TYPES))
    length = fields.Integer(strict=True, validate=validate.Range(1, 125))
    unit_id = fields.Integer(strict=True, validate=validate.Range(0, 255))
    contains = fields.String()
    value = fields.Integer(strict=True)
    values = fields.Dict(keys=fields.Integer(), values=fields.String())
    alternatives = fields.List(fields.Integer(strict=True))
    note = fields.String()


class ForbiddenSchema(Strict):
    """A hole in the register map."""

    table = fields.String(required=True, validate=validate.OneOf(TABLES))
    from_ = fields.Integer(data_key="from", required=True, strict=True)
    to = fields.Integer(required=True, strict=True)


class ProfileSchema(Strict):
    """One device profile file."""

    id = fields.String(required=True, validate=validate.Regexp(r"[a-z0-9]+(-[a-z0-9]+)*\Z"))
    vendor = fields.String(required=True)
    model = fields.String(required=True)
    kind = fields.String(
        required=True,
        validate=validate.OneOf(("meter", "analyser", "ac_charger", "dc_charger", "inverter", "bess")),
    )
    phases = fields.Integer(required=True, strict=True, validate=validate.OneOf((1, 2, 3)))
    transport = fields.String(required=True, validate=validate.OneOf(("tcp", "rtu_gateway")))
    default_unit_id = fields.Integer(load_default=1, strict=True, validate=validate.Range(0, 255))
    default_port = fields.Integer(load_default=502, strict=True, validate=validate.Range(1, 65535))
    word_order = fields.String(load_default="big", validate=validate.OneOf(("big", "little")))
    max_registers_per_read = fields.Integer(load_default=125, strict=True, validate=validate.Range(1, 125))
    max_gap = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(0))
    forbidden_gaps = fields.List(fields.Nested(ForbiddenSchema), load_default=list)
    joint_reads = fields.List(fields.List(fields.String()), load_default=list)
    exact_reads = fields.Boolean(load_default=False)
    even_start = fields.Boolean(load_default=False)
    connect_delay_ms = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 10000))
    min_gap_ms = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 10000))
    baud = fields.Integer(load_default=9600, strict=True, validate=validate.Range(300, 1_000_000))
    parity = fields.String(load_default="N", validate=validate.OneOf(("N", "E", "O")))
    stop_bits = fields.Integer(load_default=1, strict=True, validate=validate.OneOf((1, 2)))
    single_client = fields.Boolean(load_default=False)
    unit_ids = fields.List(fields.Integer(strict=True, validate=validate.Range(0, 255)), load_default=list)
    ports = fields.List(fields.Integer(strict=True, validate=validate.Range(1, 65535)), load_default=list)
    tid_zero_ok = fields.Boolean(load_default=False)
    zero_based_addresses = fields.Boolean(load_default=True)
    identity = fields.Dict(keys=fields.String(), load_default=dict)
    sign = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict, allow_none=True)
    points = fields.Dict(keys=fields.String(), values=fields.Nested(PointSchema), required=True)
    notes = fields.List(fields.String(), load_default=list)
    sources = fields.List(fields.String(), load_default=list)
    confidence = fields.String(load_default="medium", validate=validate.OneOf(("high", "medium", "low")))
    partial = fields.Boolean(load_default=False)  # type: ignore[assignment] # marshmallow's own option is set nowhere
    connector_stride = fields.Raw(load_default=0)
    connector_unit_stride = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 247))
    connectors = fields.Integer(load_default=1, strict=True, validate=validate.Range(1, 99))
    model_base = fields.Integer(strict=True)
    sunspec_model = fields.Integer(strict=True)
    sunspec_length = fields.Integer(strict=True)


class UniqueKeyLoader(yaml.SafeLoader):
    """YAML as usual, but a key given twice is refused: the second one would win silently."""


def _unique_mapping(loader: UniqueKeyLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in found:
            raise yaml.MarkedYAMLError(
                problem=f"key {key!r} is given twice", problem_mark=key_node.start_mark
            )
        found[key] = loader.construct_object(value_node, deep=True)
    return found


UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)


def read_yaml(text: str, name: str) -> Any:
    """Parse YAML without duplicate keys; the error names file and line."""
    try:
        return yaml.load(text, Loader=UniqueKeyLoader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise ProfileError(f"{name}, line {line}: {error.problem}; correct the YAML there.") from error
    except yaml.YAMLError as error:
        raise ProfileError(f"{name}: this is not YAML text; give a profile file.") from error


def complaint(error: ValidationError) -> str:
    """Return the first thing that marshmallow found wrong as "path: words"."""
    return first_message(error.normalized_messages())  # type: ignore[no-untyped-call]


def first_message(messages: Any, path: str = "") -> str:
    """Return the first of marshmallow's nested messages as "path: words"."""
    if isinstance(messages, Mapping):
        key, rest = next(iter(messages.items()))
        inner = path if key in ("_schema", "value") else f"{path}.{key}".lstrip(".")
        return first_message(rest, inner)
    words = messages[0] if isinstance(messages, list) else messages
    return f"{path}: {str(words).rstrip('.')}" if isinstance(words, str) else first_message(words, path)


def parse_profile(text: str, name: str) -> Profile:
    """Turn the text of a profile file into a Profile; ProfileError in one sentence when it is wrong."""
    document = read_yaml(text, name)
    if not isinstance(document, dict):
        raise ProfileError(f"{name}: a profile must be a mapping with id, vendor, model and points.")
    try:
        loaded = ProfileSchema().load(document)
        return _profile(loaded, digest_of(text))
    except ValidationError as error:
        raise ProfileError(f"{name}: {complaint(error)}; see docs/recipes/add-a-device.md.") from error


def load_profile(id_or_path: str) -> Profile:
    """Load a profile by its id, or from a file when the name is a path."""
    if is_dynamic(id_or_path):
        return open_profile(id_or_path)
    path = Path(id_or_path)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ProfileError(f"{id_or_path}: the profile file cannot be read; check the path.") from error
        return parse_profile(text, str(path))
    return _builtin(id_or_path)


@cache
def _builtin(profile_id: str) -> Profile:
    path = PROFILES / f"{profile_id}.yaml"
    if not re.fullmatch(r"[a-z0-9-]+", profile_id) or not path.is_file():
        raise ProfileError(f"There is no profile {profile_id!r}; `device-probe profiles` lists them.")
    return parse_profile(path.read_text(encoding="utf-8"), path.name)


def list_profiles() -> tuple[Profile, ...]:
    """Return all profiles that come with the package, ordered by id."""
    return tuple(_builtin(path.stem) for path in sorted(PROFILES.glob("*.yaml")))


def _profile(loaded: dict[str, Any], digest: str) -> Profile:
    if not loaded["zero_based_addresses"]:
        raise ValidationError({"zero_based_addresses": ["write addresses as in the request, counted from 0"]})
    points = tuple(point for name, raw in loaded["points"].items() for point in _points(name, raw))
    identity, fc43 = _identity(loaded["identity"])
    names = {point.quantity for point in points}
    for group in loaded["joint_reads"]:
        if missing := set(group) - names:
            raise ValidationError({"joint_reads": [f"{min(missing)} is not a point of this device"]})
    return Profile(
        points=points, digest=digest, identity=identity, fc43=fc43,
        max_registers=loaded["max_registers_per_read"],
        forbidden=tuple(Span(gap["table"], gap["from_"], gap["to"]) for gap in loaded["forbidden_gaps"]),
        joint_reads=tuple(tuple(group) for group in loaded["joint_reads"]),
        unit_ids=tuple(loaded["unit_ids"]), ports=tuple(loaded["ports"]),
        connector_stride=_stride(loaded["connector_stride"]),
        sign=loaded["sign"] or {},
        notes=tuple(loaded["notes"]), sources=tuple(loaded["sources"]),
        **{key: loaded[key] for key in _PLAIN},
    )  # fmt: skip


_PLAIN = (
    "id",
    "vendor",
    "model",
    "kind",
    "phases",
    "transport",
    "default_unit_id",
    "default_port",
    "word_order",
    "max_gap",
    "even_start",
    "connect_delay_ms",
    "min_gap_ms",
    "baud",
    "tid_zero_ok",
    "confidence",
    "partial",
    "exact_reads",
    "parity",
    "stop_bits",
    "single_client",
    "connector_unit_stride",
    "connectors",
)


def _stride(raw: object) -> dict[str, int]:
    """One step for every table, or a mapping table -> step."""
    found = dict.fromkeys(TABLES, raw) if isinstance(raw, int) else raw
    if not isinstance(found, dict) or not all(
        key in TABLES and isinstance(step, int) and 0 <= step <= 65535 for key, step in found.items()
    ):
        raise ValidationError({"connector_stride": ["must be a number of registers, or one for each table"]})
    return {key: step for key, step in found.items() if step}


def _points(name: str, raw: dict[str, Any]) -> tuple[Point, ...]:
    entry = quantities.find(name)
    if entry is None:
        raise ValidationError({"points": {name: ["this name is not in the vocabulary of quantities"]}})
    if raw.get("unit", "-") not in entry.units:
        raise ValidationError({"points": {name: {"unit": [f"must be {' or '.join(entry.units)}"]}}})
    if "address_of_h1" in raw:
        return _harmonics(name, raw)
    if "address" not in raw:
        raise ValidationError({"points": {name: {"address": ["is missing"]}}})
    return (_point(name, raw, raw["address"]),)


def _harmonics(name: str, raw: dict[str, Any]) -> tuple[Point, ...]:
    if missing := {"stride", "from_", "to"} - raw.keys():
        raise ValidationError({"points": {name: {min(missing).rstrip("_"): ["is missing"]}}})
    step = 2 if raw.get("odd_only") else 1
    orders = range(raw["from_"], raw["to"] + 1, step)
    points = []
    for order in orders:
        place = dict(raw)
        if order == 1 and "h1_unit" in raw:
            place["unit"] = raw["h1_unit"]
        points.append(
            _point(f"{name}_h{order}", place, raw["address_of_h1"] + raw["stride"] * ((order - 1) // step))
        )
    return tuple(points)


def _point(name: str, raw: dict[str, Any], address: int) -> Point:
    if raw["type"] == "string" and "length" not in raw:
        raise ValidationError({"points": {name: {"length": ["a string needs its length in registers"]}}})
    enum = raw.get("enum") or _grouped(raw.get("enum_groups", {}))
    mask, shift = raw.get("mask"), raw.get("shift", 0)
    encoding = raw.get("encoding", "")
    if encoding.startswith("high nibble of low byte"):
        mask, shift, enum = mask or 0xF0, shift or 4, enum or _nibbles(encoding)
    optional = {
        key: raw[key] for key in ("access", "basis", "scale_register", "unit_id", "value") if key in raw
    }
    return Point(
        quantity=name, table=raw["table"], address=address, type=raw["type"],
        length=raw.get("length", 0), unit=raw.get("unit", ""),
        scale=raw.get("scale", 1.0), offset=raw.get("offset", 0.0),
        na=_not_available(name, raw.get("na")),
        enum={_enum_key(key): str(label) for key, label in enum.items()},
        bits=raw.get("bits", {}), mask=mask, shift=shift, encoding=encoding,
        byte_swap=raw.get("byte_swap", False),
        fully_swapped=raw.get("byte_order", "").startswith("fully swapped"),
        alone=raw.get("read_alone", False),
        optional=raw.get("optional", False), retry_na=raw.get("retry_na", False),
        safe_range=tuple(raw["safe_range"]) if "safe_range" in raw else None,
        **optional,
    )  # fmt: skip


def _not_available(name: str, na: object) -> float | None:
    if na is None or isinstance(na, int | float):
        return na
    if isinstance(na, str) and na.lower() == "nan":
        return math.nan
    raise ValidationError({"points": {name: {"na": ["must be a raw number or NaN"]}}})


def _enum_key(key: object) -> str:
    # YAML reads bare `no` and `yes` as booleans; as enum keys only numbers and text make sense
    return str(int(key)) if isinstance(key, bool | float) else str(key)


def _grouped(groups: dict[str, list[object]]) -> dict[object, str]:
    return {value: label for label, values in groups.items() for value in values}


def _nibbles(encoding: str) -> dict[object, str]:
    found: dict[object, str] = {}
    for codes, label in re.findall(r"((?:0x[0-9A-F]/?)+)=(\w+)", encoding):
        found.update({int(code, 16): label for code in codes.split("/")})
    return found


def _identity(raw: dict[str, Any]) -> tuple[tuple[Identity, ...], dict[str, str]]:
    found: list[Identity] = []
    for name, entry in raw.items():
        if isinstance(entry, dict) and "address" in entry:
            found.extend(_identity_points(name, entry))
    fc43 = raw.get("fc43", {})
    return tuple(found), {str(key): str(value) for key, value in fc43.items()} if isinstance(
        fc43, dict
    ) else {}


def _identity_points(name: str, entry: dict[str, Any]) -> list[Identity]:
    checked = IdentityPointSchema().load(entry)
    values = checked.get("values", {})
    if "value" in checked:
        values = {checked["value"]: ""}
    return [
        Identity(
            name,
            Point(name, checked["table"], address, checked["type"], checked.get("length", 0),
                  unit_id=checked.get("unit_id")),
            checked.get("contains"),
            values,
        )
        for address in (checked["address"], *checked.get("alternatives", []))
    ]  # fmt: skip
