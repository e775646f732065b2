"""One sentence for each mistake, and what puts it right, in the language of the trade. Pure."""

from collections.abc import Callable, Mapping, Sequence

from device_probe.diagnosis.balance.hypothesis import Hypothesis, Kind
from device_probe.diagnosis.balance.series import PHASES, TOTAL, Site
from device_probe.model import PlannedDevice

SAFE = (
    "Isolate and prove dead, or short the current transformers at their test block first (never open a "
    "loaded secondary; sealed meters: their operator only)"
)
MANY = 4
LOOK = "then check where the current transformers of {tag} sit, their direction and S1/S2, and measure again."
REMEDIES: Mapping[Kind, str] = {
    "ct_ratio": "{safe}; then read the plates of {tag}'s current transformers and set its ratio to them.",
    "ct_ratio_phase": "{safe}; then compare the plates of {tag}'s current transformers, measure again.",
    "meter_reversed": "{safe}; " + LOOK,
    "ct_reversed": "{safe}; " + LOOK,
    "no_current": "{safe}; " + LOOK,
    "wrong_circuit": "{safe}; " + LOOK,
    "meter_wrong": "Compare the system that {tag} is set to with the plan. {safe}; " + LOOK,
    "addresses_swapped": "Read the plates of {tags}, set their addresses as planned, then measure again.",
    "unmetered": "Follow the ways below {tag} with a clamp meter; plan what is found, or give it a meter.",
    "wrong_parent": "Let {tag} pause for a minute and see which meter follows; correct plan or connection.",
    "counted_twice": "Let {tag} pause for a minute and see which meter follows; correct plan or connection.",
    "meter_phases": "{safe}; then compare the phases of {tag} with the supply, or correct the plan.",
    "station_phases": "Correct the rotation declared for {tags}, or the connection, then measure again.",
    "charger_readings": "Check scale and setting of {tag}'s own meter; don't bill by it until it agrees.",
    "chargers_scaled": "Check the scale in the profile of {tags}; don't bill by them until they agree.",
}


def remedy_of(one: Hypothesis) -> str:
    """Return what puts a mistake right."""
    more = " and others" if len(one.tags) > MANY else ""
    return REMEDIES[one.kind].format(tag=one.tags[0], tags=" and ".join(one.tags[:MANY]) + more, safe=SAFE)


def sentence_of(site: Site, one: Hypothesis) -> str:
    """Return what an explanation says."""
    return SENTENCES[one.kind](site, one)


def told_phases(where: Sequence[int], device: PlannedDevice) -> str:
    """Return "L2" for a single-phase station, "L2-L3-L1" for a three-phase one."""
    return "-".join(f"L{p + 1}" for p in where[: device.phases])


def kw(watts: float) -> str:
    """Return watts as kW."""
    return f"{watts / 1000:.2f} kW"


def _on(one: Hypothesis) -> str:
    return "on every phase" if one.phase is None else f"on L{one.phase + 1}"


def _ratio(site: Site, one: Hypothesis) -> str:
    device = site.devices[one.tags[0]]
    also = "" if one.phase is None else " and right on the other phases"
    told = f"{one.tags[0]} reads {one.factor or 0:.3g} times what flows {_on(one)}{also}: "
    planned = f"{device.ct_primary_a:g}/{device.ct_secondary_a or 5:g} A" if device.ct_primary_a else ""
    where = "its current transformers are" if one.phase is None else "its current transformer there is"
    if one.likely:
        return f"{told}{where} probably {' or '.join(one.likely[:3])} instead of {planned}."
    return f"{told}{where} not as set, or its multiplier is wrong."


def _reversed(site: Site, one: Hypothesis) -> str:
    del site
    cause = (
        "it is fed from its load side, or all its current transformers are reversed"
        if one.phase is None
        else "its current transformer there is reversed"
    )
    return f"{one.tags[0]} reads the right size in the wrong direction {_on(one)}: {cause}."


def _no_current(site: Site, one: Hypothesis) -> str:
    del site
    return (
        f"{one.tags[0]} gets no current {_on(one)} although the devices around it show some: "
        "a current transformer shorted, missing or on an idle circuit."
    )


def _wrong_circuit(site: Site, one: Hypothesis) -> str:
    del site
    return (
        f"{one.tags[0]} reads what flows in the circuit of {one.tags[1]}, not in its own: "
        "its current transformers are on the wrong circuit."
    )


def _meter_wrong(site: Site, one: Hypothesis) -> str:
    del site
    return (
        f"{one.tags[0]} fits neither the devices below it nor the meter above it, which fit one another: "
        "it measures something else."
    )


def _swapped(site: Site, one: Hypothesis) -> str:
    del site
    return (
        f"{one.tags[0]} and {one.tags[1]} are exchanged: each reads what the other should, "
        "by its address or by its connection."
    )


def _elsewhere(site: Site, one: Hypothesis) -> str:
    return f"{one.tags[0]} is fed from {one.tags[1]}, not from {site.devices[one.tags[0]].parent}."


def _twice(site: Site, one: Hypothesis) -> str:
    return (
        f"{site.devices[one.tags[0]].parent} does not see {one.tags[0]}: it stands elsewhere, "
        "or behind another device and is counted twice in the plan."
    )


def _phases(site: Site, one: Hypothesis) -> str:
    join = " or " if one.kind == "meter_phases" else ", "
    places = [f"{tag} on {told_phases(where, site.devices[tag])}" for tag, where in one.landings]
    return f"The phases are not those of the plan: {join.join(dict.fromkeys(places))}."


def _unmetered(site: Site, one: Hypothesis) -> str:
    del site
    known = [a for a in PHASES if one.sizes_w[a] == one.sizes_w[a]]
    sizes = ", ".join(f"L{a + 1} {one.sizes_w[a]:+.0f} W" for a in known)
    what = "A load without a meter takes" if (one.factor or 1.0) > 0 else "Generation without a meter gives"
    total = one.sizes_w[TOTAL]
    size = kw(abs(total if total == total else sum(one.sizes_w[a] for a in known)))
    how = "changing" if one.moves else "steady"
    return f"{what} {size} below {one.tags[0]}, {how} ({sizes or 'phases not known'})."


def _charger(site: Site, one: Hypothesis) -> str:
    del site
    how = (
        f"tells {one.factor:.3g} times what it takes"
        if one.factor
        else "tells the same value in every sample, whatever it takes"
    )
    return f"{one.tags[0]} {how}: its own readings are wrong."


def _chargers(site: Site, one: Hypothesis) -> str:
    del site
    return (
        f"All {len(one.tags)} stations like {one.tags[0]} tell {one.factor or 0:.3g} times what they take: "
        "a scale in their profile or setting."
    )


SENTENCES: Mapping[Kind, Callable[[Site, Hypothesis], str]] = {
    "ct_ratio": _ratio, "ct_ratio_phase": _ratio, "meter_reversed": _reversed, "ct_reversed": _reversed,
    "no_current": _no_current, "wrong_circuit": _wrong_circuit, "meter_wrong": _meter_wrong,
    "addresses_swapped": _swapped, "wrong_parent": _elsewhere, "counted_twice": _twice,
    "meter_phases": _phases,     "station_phases": _phases,
    "unmetered": _unmetered, "charger_readings": _charger,
    "chargers_scaled": _chargers,
}  # fmt: skip
