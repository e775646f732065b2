"""Every key of a profile file, what it may hold and what it means: the schema and the words of the docs."""

from marshmallow import Schema, fields, validate

from device_probe.profile import REGISTERS, SIGN_FAMILIES, SIGNS
from device_probe.profile_format.fields import (
    TABLES,
    Strict,
    choice,
    flag,
    listed,
    mapping,
    nested,
    number,
    one_of,
    raw_pattern,
    raw_patterns,
    text,
    whole,
)

TYPES = (*REGISTERS, "string")
KINDS = ("meter", "analyser", "ac_charger", "dc_charger", "inverter", "bess")
ENCODINGS = ("hex", "four_quadrant", "ascii", "ascii_low_byte")
SWAPPED = "fully swapped"


NOT_AVAILABLE = (
    'raw value, or list of them, that means "not available" (numbers that are not finite always do); '
    "null: none, whatever `na_by_type` says"
)
RAW_PATTERN = {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[Nn][Aa][Nn]$"}]}
ADDRESS = (0, 65535)
NEGATIVE_OR_64_BIT = (-(2**63), 2**64 - 1)


class SignFromSchema(Strict):
    """Where the sign of a magnitude stands."""

    quantity = text("the bit field", required=True)
    positive = text("name of the bit that is set while it counts the canonical way", required=True)
    negative = text("name of the bit for the other way", required=True)


class ValidWhenSchema(Strict):
    """When a value is there at all."""

    quantity = text("the quantity that decides", required=True)
    values = listed(
        text("label or number as text"), "what it reads then", required=True, validate=validate.Length(min=1)
    )


class PointSchema(Strict):
    """One point, or one harmonics table (``address_of_h1``)."""

    table = one_of(TABLES, "where it stands: holding, input, coil or discrete", required=True)
    address = whole(*ADDRESS, "counted from 0, as in the request")
    type = one_of(TYPES, "how its registers are put together", required=True)
    length = whole(1, 125, "registers of a string")
    unit = text("canonical unit, after scaling")
    raw_unit = text("unit or step of the raw number, for the reader of the file")
    scale = number("value = raw * scale + offset")
    offset = number("see `scale`; -16384 for offset-binary numbers")
    scale_register = whole(*ADDRESS, "address of a signed power of ten the value is multiplied by")
    ratio_register = whole(*ADDRESS, "address of a number (CT ratio) that secondary values are multiplied by")
    whole_below = number("raw numbers below this come without `scale` (older firmware)")
    na = fields.Raw(allow_none=True, validate=raw_patterns, metadata={"means": NOT_AVAILABLE, "json": {}})
    retry_na = flag('"not available" may pass: it is asked for once more')
    access = one_of(("r", "rw", "wo"), "write-only points are never read, and reading never writes")
    enum = mapping("raw value -> label")
    enum_groups = mapping(
        "label -> raw values", fields.String(), fields.List(whole(*NEGATIVE_OR_64_BIT, "raw value"))
    )
    bits = mapping(
        "bit -> name; the value is the names of the set bits", whole(0, 63, "bit"), fields.String()
    )
    mask = whole(0, 2**64 - 1, "bits that belong to the value, applied first")
    shift = whole(0, 63, "how far the masked number is moved down")
    encoding = one_of(ENCODINGS, "`four_quadrant` (Schneider's 4Q_FP_PF), `hex`, `ascii`, `ascii_low_byte`")
    byte_swap = flag("the two bytes of every register are exchanged")
    byte_order = one_of((SWAPPED,), "`fully swapped`: all bytes of the value in reverse order")
    basis = one_of(("fundamental", "rms"), "what a distortion is related to (default fundamental)")
    unit_id = whole(0, 255, "answers on this unit id only")
    station = flag("belongs to the station: the same place for every connector")
    read_alone = flag("needs a request of its own, sent after all others")
    optional = flag('some variants do not have it: a refusal means "not available"')
    may_close = flag("some firmware closes the connection instead of refusing")
    sign_from = nested(
        SignFromSchema, "`{quantity, positive, negative}`: a magnitude whose direction stands in a bit field"
    )
    valid_when = nested(
        ValidWhenSchema,
        "`{quantity, values}`: the value is there only while another quantity reads one of these",
    )
    value = whole(*NEGATIVE_OR_64_BIT, "what the register always holds, or what is written to it")
    safe_range = listed(
        number("bound"),
        "lowest and highest set-point",
        validate=validate.Length(equal=2, error="must have two numbers"),
    )
    zero_means = text("what a set-point of 0 does")
    write_function = choice((6, 16), "6 or 16, when the device takes only one of them")
    sunspec = text("name of the point in the SunSpec model")
    conflict = text("where the sources disagree about this point")
    note = text("what else is known")
    address_of_h1 = whole(
        -4096, 65535, "harmonics table: where order 1 stands or would stand; gives one quantity per order"
    )
    stride = whole(1, 4096, "harmonics table: registers from one order to the next")
    from_ = whole(1, 127, "harmonics table: first order", data_key="from")
    to = whole(1, 127, "harmonics table: last order")
    odd_only = flag("harmonics table: odd orders only, next to one another")
    h1_unit = text("harmonics table: unit of order 1 where it differs (V or A beside %)")


class IdentityPointSchema(Strict):
    """A register that tells what a device is."""

    table = one_of(TABLES, "where it stands (default holding)", load_default="holding")
    address = whole(*ADDRESS, "counted from 0", required=True)
    type = one_of(TYPES, "default uint32", load_default="uint32")
    length = whole(1, 125, "registers of a string")
    unit_id = whole(0, 255, "answers on this unit id")
    contains = text("text it contains")
    value = whole(*NEGATIVE_OR_64_BIT, "number it holds")
    values = mapping("numbers it may hold -> model", whole(*NEGATIVE_OR_64_BIT, "number"), fields.String())
    range = listed(
        whole(*NEGATIVE_OR_64_BIT, "bound"),
        "lowest and highest number it may hold",
        validate=validate.Length(equal=2, error="must have two numbers"),
    )
    absent = flag("the device refuses this address, which a relative answers")
    alternatives = listed(whole(*ADDRESS, "address"), "other addresses where it may stand")
    note = text("what else is known")


class ForbiddenSchema(Strict):
    """A hole in the register map."""

    table = one_of(TABLES, "table of the hole", required=True)
    from_ = whole(*ADDRESS, "first address", data_key="from", required=True)
    to = whole(*ADDRESS, "last address", required=True)


class WordOrderSettingSchema(Strict):
    """Where the device keeps the word order it was set to."""

    table = one_of(("holding", "input"), "where it stands", required=True)
    address = whole(*ADDRESS, "counted from 0", required=True)
    type = one_of(("uint16", "uint32", "float32"), "how it is read", required=True)
    values = mapping(
        "number -> `big` or `little`",
        whole(0, 2**32 - 1, "number"),
        one_of(("big", "little"), "word order"),
    )
    pattern = number("or: the order in which the registers give this number is the order set")
    read_first = flag("the default is not to be trusted: read it with every value wider than a register")


FIRST = (
    "number that the manual gives to the first register (default 0, as in the request): 1, or for each "
    "table, `{input: 30001, holding: 40001}`; every address of the file is counted from there"
)
STRIDE = "registers from one connector to the next: a number, or one for each table"


class ProfileSchema(Strict):
    """One device profile file."""

    id = text(
        "file name without `.yaml`",
        required=True,
        validate=validate.Regexp(
            r"[a-z0-9]+(-[a-z0-9]+)*\Z", error="must be small letters and digits with single hyphens"
        ),
    )
    vendor = text("who makes it; compared with its device identification", required=True)
    model = text("what it is called", required=True)
    kind = one_of(KINDS, ", ".join(KINDS), required=True)
    phases = choice((1, 2, 3), "1, 2 or 3", required=True)
    transport = one_of(("tcp", "rtu_gateway"), "`rtu_gateway`: a serial device", required=True)
    default_unit_id = whole(0, 255, "unit id as it leaves the factory (default 1)", load_default=1)
    default_port = whole(1, 65535, "TCP port (default 502)", load_default=502)
    unit_ids = listed(whole(0, 255, "unit id"), "other unit ids that it is found at", load_default=list)
    ports = listed(whole(1, 65535, "port"), "other ports that it is found at", load_default=list)
    word_order = one_of(("big", "little"), "`little`: low word first, in every value", load_default="big")
    word_order_setting = nested(
        WordOrderSettingSchema,
        "register with the word order set: `table`, `address`, `type`, `values` or `pattern`, `read_first`",
    )
    zero_based_addresses = flag("must be true, when it is given: what `addresses_from` doesn't move")
    addresses_from = fields.Raw(metadata={"means": FIRST, "json": {}})
    max_registers_per_read = whole(
        1, 125, "most registers that one request may ask for (default 125)", load_default=125
    )
    max_gap = whole(
        0, 125, "most registers without a point that a request may span; 0: adjacent values only",
        load_default=None, allow_none=True,
    )  # fmt: skip
    forbidden_gaps = listed(
        fields.Nested(ForbiddenSchema),
        "`{table, from, to}`: addresses that no request may touch",
        load_default=list,
    )
    joint_reads = listed(
        fields.List(fields.String(error_messages={"invalid": "must be text"})),
        "lists of quantities that must come in one request",
        load_default=list,
    )
    exact_reads = flag("every value by a request of exactly its own registers")
    whole_values = flag("a request that begins or ends inside a value is refused")
    even_start = flag("requests begin at an even address and ask for an even number")
    tables_alike = flag("holding and input registers answer the same")
    connect_delay_ms = whole(0, 10_000, "pause between connecting and the first request", load_default=0)
    min_gap_ms = whole(0, 10_000, "least time between two requests", load_default=0)
    baud = whole(
        300, 1_000_000, "speed of the serial line (default 9600): decides which gaps are worth bridging",
        load_default=9600,
    )  # fmt: skip
    parity = one_of(("N", "E", "O"), "of the serial line (default N)", load_default="N")
    stop_bits = choice((1, 2), "of the serial line (default 1)", load_default=1)
    single_client = flag("answers one TCP client at a time")
    tid_zero_ok = flag("answers every request with transaction id 0")
    na_by_type = fields.Dict(
        keys=one_of(tuple(t for t in TYPES if t not in ("string", "coil")), "type"),
        values=fields.Raw(validate=raw_pattern, metadata={"json": RAW_PATTERN}),
        load_default=dict,
        metadata={"means": 'type -> raw value that means "not available", for points without `na`'},
        error_messages={"invalid": "must be a mapping"},
    )
    zero_when_absent = flag("what the device cannot measure reads 0: a 0 is no proof")
    identity = mapping("name -> register that tells what the device is: third table; `fc43: {vendor: …}`",
                       load_default=dict)  # fmt: skip
    sign = mapping(
        f"which way it counts, by family ({', '.join(SIGN_FAMILIES)}): {', '.join(SIGNS)}; "
        "all but the canonical import, charging and inductive positive are turned round",
        load_default=dict,
        allow_none=True,
    )
    connector_stride = fields.Raw(metadata={"means": STRIDE, "json": {}})
    connector_unit_stride = whole(0, 247, "unit ids from one connector to the next", load_default=0)
    connectors = whole(1, 99, "most connectors of a station (default 1; any number with a stride)")
    points = mapping("quantity -> point: second table", required=True)
    notes = listed(text("note"), "what no key can say", load_default=list)
    sources = listed(text("source"), "document and page of every block", load_default=list)
    confidence = one_of(
        ("high", "medium", "low"), "a fact that only one source gives is not high", load_default="medium"
    )
    partial = flag("the map is known to be incomplete")  # type: ignore[assignment] # set nowhere by marshmallow
    sunspec_model = whole(1, 65534, "SunSpec model that the map describes")
    sunspec_length = whole(1, 65535, "its length in registers")
    model_base = whole(*ADDRESS, "address of its id register at the usual place")


TABLES_OF_KEYS: tuple[tuple[str, type[Schema]], ...] = (
    ("key of the device", ProfileSchema),
    ("key of a point", PointSchema),
    ("key of an identity", IdentityPointSchema),
)


def keys_of(schema: type[Schema]) -> dict[str, str]:
    """Return the keys that a schema knows, as they stand in the file, and what each means."""
    return {
        field.data_key or name: str(field.metadata.get("means", ""))
        for name, field in schema._declared_fields.items()
    }
