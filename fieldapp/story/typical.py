"""What stands at steps of the built-in library where no limit says it: as a step, or as ``step:column``."""

from decimal import Decimal

#: Readings lie around these, a little different at each tag.
AROUND: dict[str, Decimal] = {
    name: Decimal(text)
    for name, text in {
        "lighting-level": "24",
        "board-terminations:incoming": "40",
        "station-terminations:torque": "2.5",
        "busbar-joints:torque": "70",
        "transformer-insulation:mv-lv": "4600",
        "transformer-insulation:mv-earth": "4200",
        "transformer-insulation:lv-earth": "2800",
        "supply-voltage": "231",
        "rcd-trip-time": "24",
        "rcd-trip-time-selective": "190",
        "rcd-pulsating-trip-time": "29",
        "rcd-dc-trip-time": "38",
        "outlet-rcd-trip-time": "23",
        "rdc-dd-trip": "0.092",
        "pilot-figures:a": "11.9",
        "pilot-figures:b": "9.03",
        "pilot-figures:c": "6.02",
        "pilot-figures:duty": "53.3",
        "dc-pe-continuity": "0.063",
        "meter-register": "1.4",
        "session-success:energy": "0.84",
        "communication-loss": "5.8",
        "neutral-current:l1": "118",
        "neutral-current:l2": "121",
        "neutral-current:l3": "116",
        "neutral-current:n": "9.4",
    }.items()
}

#: What is read off a plate or set: never a little different. A text may name its ``{tag}``.
EXACT: dict[str, str] = {
    "pilot-current-limit": "32",
    "pp-coding:pp-13": "13",
    "pp-coding:pp-20": "20",
    "pp-coding:pp-32": "32",
    "pp-coding:pp-63": "32",
    "dc-nameplate-output:u-max": "1000",
    "dc-nameplate-output:i-max": "500",
    "dc-output-accuracy:u-shown": "400",
    "dc-output-accuracy:u-measured": "399.2",
    "dc-output-accuracy:i-shown": "100",
    "dc-output-accuracy:i-measured": "99.6",
    "limit-step:set": "60",
    "limit-step:after": "58",
    "busbar-joints:joints": "6",
    "metering-point:point": "DE0007814785730000000000041278991",
    "metering-point:meter": "1EMH0012345678",
    "site-induction": "Carla Contractor, Timo Technician",
    "transformer-tap": "Tap 3 of 5",
    "meter-seal": "MID M26 0102, class B, seal 4482-{tag}",
    "network-uplink": "4G, SIM 8949 0200 0014 7821, −79 dBm",
    "firmware-recorded": "6.5.0-4214",
    "ocpp-identity:identity": "NORDLICHT-{tag}",
    "ocpp-identity:evse-id": "DE*NLC*E{tag}",
    "configuration-baseline:baseline": "baseline-2026-10",
    "surge-earthing-statement": "Foundation earth electrode; type 2 surge protection at the switchboard.",
    "spare-parts": "One station and two sockets in the plant room.",
    "uptime-reporting": "AFIR, by the back office.",
    "defects-closed": "Only what the reviewer concedes.",
}
