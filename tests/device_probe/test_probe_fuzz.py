"""Any bytes from a device, any file as a profile: never a wrong value, never an error of another kind."""

import random

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.device_probe import fuzz_targets
from tests.device_probe.fuzz_targets import TABLES

# short ones that shrink well, and long ones in which every choice is as likely as any other
even = st.integers(0, 2**32).map(lambda seed: random.Random(seed).randbytes(20 + seed % 200))
blobs = st.binary(max_size=400) | even
many = settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
few = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(blobs)
@many
def test_modbus_tcp_frames(data: bytes) -> None:
    fuzz_targets.tcp_frames(data)


@given(blobs)
@many
def test_rtu_frames(data: bytes) -> None:
    fuzz_targets.rtu_frames(data)


@given(blobs)
@many
def test_bytes_that_nobody_asked_for(data: bytes) -> None:
    fuzz_targets.stray_bytes(data)


@given(blobs)
@few
def test_profiles_with_some_of_their_bytes_changed(data: bytes) -> None:
    fuzz_targets.profile_file(data)


POINT_KEYS = """
unit scale offset na enum bits mask shift length stride from to address_of_h1 scale_register byte_order
optional access safe_range
"""
PROFILE_KEYS = """
word_order max_gap forbidden_gaps joint_reads even_start unit_ids ports identity sign notes
connector_stride baud max_registers_per_read
"""
QUANTITIES = [
    "voltage_l1_n",
    "frequency",
    "harmonic_voltage_l1",
    "active_energy_import_total",
    "serial_number",
]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(scalars, inner, max_size=4)
)
usual = st.sampled_from([-1, 0, 1, 65535, 65536, 1e308, float("nan"), "", "float32", "holding", [], {}, None])
odd = usual | values
types = st.sampled_from(["uint16", "float32", "string"])
point = st.fixed_dictionaries(
    {"table": st.sampled_from(TABLES), "address": st.integers(0, 65535), "type": types},
    optional=dict.fromkeys(POINT_KEYS.split(), odd),
)
points = st.dictionaries(st.sampled_from(QUANTITIES) | st.text(max_size=5), point | odd, max_size=4)
documents = st.fixed_dictionaries(
    {
        **{key: st.just(value) for key, value in (("id", "t"), ("vendor", "V"), ("model", "M"))},
        "kind": st.just("meter") | odd,
        "phases": st.just(3) | odd,
        "transport": st.sampled_from(["tcp", "rtu_gateway"]) | odd,
        "points": points | odd,
    },
    optional=dict.fromkeys(PROFILE_KEYS.split(), odd),
)


@given(documents)
@few
def test_documents_that_look_like_profiles(content: object) -> None:
    fuzz_targets.document(content)


@given(st.text(max_size=300))
@example("[" * 5000)
@example("&a [*a]")
@example("a: &x [1]\nb: *x\n? [1]\n: 2")
@example("9" * 5000)
@example("!!python/object/apply:os.system [true]")
@few
def test_any_text_as_a_profile(text: str) -> None:
    fuzz_targets.profile_text(text)
