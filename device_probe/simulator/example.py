"""A small site, for whoever wants to try the probe without one."""

from device_probe.model import PlannedDevice, SitePlan


def example_plan() -> SitePlan:
    """Return a car park with a main meter, two groups behind one gateway, six stations and a roof."""
    devices = [
        PlannedDevice(
            "PM0", "janitza-umg-96rm-e", "127.0.0.1", 5020, 1, "main_meter",
            ct_primary_a=250, ct_secondary_a=5,
        ),
        _group("PM1", "eastron-sdm630", 11),
        _group("PM2", "carlo-gavazzi-em340", 12),
        PlannedDevice(
            "PV1", "sunspec-inverter-103", "127.0.0.1", 5022, 1, "other", "PM0", accuracy_percent=2,
        ),
    ]  # fmt: skip
    devices += [_station(number) for number in range(1, 7)]
    return SitePlan("example", "Example car park", 400, 50, 8, "EN 50160 4.2.5", 200, 8, tuple(devices))


def _group(tag: str, profile: str, unit: int) -> PlannedDevice:
    return PlannedDevice(
        tag, profile, "127.0.0.1", 5021, unit, "group_meter", "PM0",
        ct_primary_a=100, ct_secondary_a=5, design_current_a=96,
    )  # fmt: skip


def _station(number: int) -> PlannedDevice:
    rotations = ("L1L2L3", "L2L3L1", "L3L1L2")
    return PlannedDevice(
        f"CH{number:02}", "alfen-eve-ng9xx", "127.0.0.1", 5022 + number, 1, "station",
        "PM1" if number <= 3 else "PM2",
        phase_rotation=rotations[(number - 1) % 3], design_current_a=32, accuracy_percent=2,
    )  # fmt: skip
