"""SunSpec devices as registers, written by hand from the tables of the standard, without our decoder."""

import struct

END = [0xFFFF, 0]


def text(value: str, registers: int) -> list[int]:
    data = value.encode().ljust(2 * registers, b"\0")
    return list(struct.unpack(f">{registers}H", data))


def i16(value: int) -> int:
    return value & 0xFFFF


def u32(value: int) -> list[int]:
    return [value >> 16 & 0xFFFF, value & 0xFFFF]


def u64(value: int) -> list[int]:
    return u32(value >> 32) + u32(value)


def f32(value: float) -> list[int]:
    return list(struct.unpack(">2H", struct.pack(">f", value)))


NAN = [0x7FC0, 0]


def common(maker: str, model: str, version: str, serial: str, length: int = 66) -> list[int]:
    names = [(maker, 16), (model, 16), ("", 8), (version, 8), (serial, 16)]
    body = [register for name, size in names for register in text(name, size)]
    return [1, length, *[*body, 1, 0x8000][:length]]


def inverter_103() -> list[int]:
    """SolarEdge-like: 12 345 W given at 230.1 V; scale factors -1, -2, 0."""
    return [103, 50,
            537, 179, 180, 178, i16(-1),  # A: 53.7 A in all, SF -1
            4012, 4010, 4021, 2301, 2305, 2299, i16(-1),  # V
            12345, 0,  # W, SF 0
            4998, i16(-2),  # Hz 49.98
            1240, 1,  # VA 12 400, SF +1
            i16(-310), 0,  # VAr
            i16(9956), i16(-2),  # PF 99.56 %
            *u32(1234567), 0,  # WH
            165, i16(-1), 7501, i16(-1), 0x8000, 0x8000,  # DC: 16.5 A, 750.1 V, W not implemented
            412, 0x8000, 0x8000, 0x8000, i16(-1),  # 41.2 °C
            4, 0xFFFF,  # MPPT; vendor state not implemented
            *u32(1 << 1 | 1 << 7), *u32(0xFFFFFFFF), *u32(0), *u32(0), *u32(0), *u32(0)]  # fmt: skip


def meter_203(watts: int = -2500) -> list[int]:
    """W as the maker counts it; energies in 10 Wh; four per-phase energies not accumulated."""
    return [203, 105,
            117, 40, 39, 38, i16(-1),
            2302, 2301, 2303, 2302, 3988, 3987, 3989, 3988, i16(-1),
            5001, i16(-2),
            i16(watts), i16(-800), i16(-850), i16(-850), 0,
            2600, 870, 865, 865, 0,
            i16(120), i16(40), i16(40), i16(40), 0,
            i16(-96), i16(-95), i16(-96), i16(-97), 0,
            *u32(1000), *u32(0), *u32(0), *u32(0), *u32(2000), *u32(0), *u32(0), *u32(0), 1,
            *([0] * 16), 0x8000,
            *([0] * 32), 0x8000,
            *u32(1 << 2)]  # fmt: skip


def meter_213() -> list[int]:
    """Fronius-like: import positive, floats, some not a number."""
    values = [12.5, 4.0, 4.25, 4.25, 230.0, 229.5, 230.25, 230.5, 398.5, 398.0, 398.75, 399.0, 50.01,
              2850.5, 900.0, 950.25, 1000.25, 2900.0]  # fmt: skip
    head = [register for value in values for register in f32(value)]
    rest = (
        NAN * 3
        + f32(-321.5)
        + NAN * 3
        + f32(0.983)
        + NAN * 3
        + f32(111.0)
        + NAN * 3
        + f32(222000.0)
        + NAN * 3
    )
    body = head + rest
    return [213, 124, *body, *(NAN * ((122 - len(body)) // 2)), *u32(0)]


def der_701() -> list[int]:
    na16, na64 = 0x8000, u64(0xFFFFFFFFFFFFFFFF)
    phase = [i16(-1000), 1010, i16(20), i16(-990), 435, 4001, 2310, *na64, *na64, *na64, *na64]
    return [701, 153,
            2, 1, 3, 1, *u32(0), *u32(1),
            i16(-3000), 3030, 60, i16(-990), 1305, 4001, 2310, *u32(49980),
            *u64(5_000_000_000), *u64(7), *u64(8), *u64(9),
            na16, 395, na16, na16, na16, na16,
            *phase, *phase, *phase,
            0xFFFF, *u32(0),
            i16(-2), i16(-1), i16(-3), 0, i16(-3), 0, 0, 0, 0, i16(-1),
            *text("", 32)]  # fmt: skip


def capacity_713() -> list[int]:
    return [713, 7, 1020, 612, 600, 985, 0, 1, i16(-1)]


def ports_714() -> list[int]:
    def port(kind: int, amps: int, volts: int, watts: int) -> list[int]:
        return [kind, 1, *text("P", 8), i16(amps), volts, i16(watts), *u64(0), *u64(0), 0x8000, 1, *u32(0)]

    return [714, 68, *u32(0), 2, 300, 120, *u64(0), *u64(0), i16(-1), 0, 1, 0, 0,
            *port(0, 100, 600, 60), *port(1, i16(-200), 48, i16(-96))]  # fmt: skip


def placed(base: int, *models: list[int], end: list[int] = END) -> dict[int, int]:
    registers = [0x5375, 0x6E53, *(register for model in models for register in model), *end]
    return {base + offset: register for offset, register in enumerate(registers)}


def solaredge(base: int = 40000, length: int = 65) -> dict[int, int]:
    """An inverter with a common model of 65 registers, and behind it a meter that counts export positive."""
    return placed(
        base, common("SolarEdge ", "SE10K-RW0TEBNN4", "0004.0018.0518", "7E1A2B3C", length), inverter_103(),
        common("WattNode", "WND-3Y-400-MB", "25", "2141234", length), meter_203(),
    )  # fmt: skip


def fronius_meter(base: int = 40000) -> dict[int, int]:
    return placed(base, common("Fronius", "Smart Meter 63A", "1.3", "17330456"), meter_213())


def der(base: int = 40000) -> dict[int, int]:
    return placed(base, common("Acme", "Storage 10", "2.0.1", "D-77"), der_701(), [702, 50, *([0xFFFF] * 50)],
                  capacity_713(), ports_714())  # fmt: skip
