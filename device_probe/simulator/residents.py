"""Who answers where right now: addresses may be swapped, kinds exchanged, several connectors one device."""

from dataclasses import replace

from device_probe.model import PlannedDevice
from device_probe.profile import Profile, unit_of_connector
from device_probe.profile_schema import load_profile
from device_probe.simulator.device import Served
from device_probe.simulator.image import Image, completed, encoded
from device_probe.simulator.scenario import MeterFault, meant
from device_probe.simulator.state import SiteState

Place = tuple[str, int]
Stored = dict[tuple[int, str, int], int]  # unit, table, address -> word that was written there


class Residents:
    """The devices by host, port and unit id; looked up anew whenever a register may have changed."""

    def __init__(self, state: SiteState) -> None:
        self.state = state
        self._version = -1
        self._by_place: dict[Place, list[PlannedDevice]] = {}
        self._faults: dict[str, dict[str, MeterFault]] = {}
        self._at: dict[tuple[Place, int], list[PlannedDevice]] = {}
        self._served: dict[tuple[Place, int], Served | None] = {}

    def at(self, place: Place, unit: int) -> list[PlannedDevice]:
        """Return the devices behind a unit id: its own, else those that have points of that unit id."""
        self._look()
        if (place, unit) not in self._at:
            present = self._by_place.get(place, [])
            self._at[place, unit] = [device for device in present if device.unit == unit] or [
                device
                for device in present
                if any(point.unit_id == unit for point in self.profile(device).points)
            ]
        return self._at[place, unit]

    def units(self, place: Place) -> tuple[int, ...]:
        """Return the unit ids of the devices at a place."""
        self._look()
        return tuple(dict.fromkeys(device.unit for device in self._by_place.get(place, [])))

    def faults(self, device: PlannedDevice) -> dict[str, MeterFault]:
        """Return the faults of a device, by kind."""
        self._look()
        return self._faults.get(device.tag, {})

    def profile(self, device: PlannedDevice) -> Profile:
        """Return by which profile a device shows its values now."""
        profile, faults = self.state.profiles[device.tag], self.faults(device)
        if "other_device" in faults:
            profile = load_profile(faults["other_device"].profile or "")
        if "word_order" in faults:
            other = "big" if profile.word_order == "little" else "little"
            profile = replace(profile, word_order=other)  # type: ignore[arg-type] # a literal
        return profile

    def served(self, place: Place, unit: int, stored: Stored) -> Served | None:
        """Return the registers and limits behind a unit id."""
        devices = self.at(place, unit)
        if (place, unit) not in self._served:
            self._served[place, unit] = self._make(unit, devices, stored) if devices else None
        return self._served[place, unit]

    def forget(self) -> None:
        """Look everything up anew."""
        self._version = -1

    def _look(self) -> None:
        if self._version == self.state.version:
            return
        self._version = self.state.version
        for cache in (self._by_place, self._faults, self._at, self._served):
            cache.clear()
        for fault in self.state.moment.faults:
            self._faults.setdefault(meant(self.state.plan, fault) or "", {})[fault.kind] = fault
        for device, place in self._places():
            self._by_place.setdefault(place, []).append(device)

    def _places(self) -> list[tuple[PlannedDevice, Place]]:
        devices = self.state.plan.devices
        places = {d.tag: (d.host, d.port, self._unit(d)) for d in devices}
        for tag, faults in self._faults.items():
            other = faults["address_swapped"].other if "address_swapped" in faults else None
            if tag in places and other in places:
                places[tag], places[other] = places[other], places[tag]
        return [(replace(d, unit=places[d.tag][2]), places[d.tag][:2]) for d in devices]

    def _unit(self, device: PlannedDevice) -> int:
        return unit_of_connector(self.state.profiles[device.tag], device.unit, device.connector)

    def _make(self, unit: int, devices: list[PlannedDevice], stored: Stored) -> Served:
        image: Image = {}
        for device in devices:
            for key, words in self._encoded(device).items():
                known = image.setdefault(key, {})
                known.update({address: word for address, word in words.items() if address not in known})
        profile = self._joined(devices)
        image = completed(profile, image)
        for (at, table, address), word in stored.items():
            image.setdefault((at, table), {})[address] = word
        enforced = profile if self.state.scenario.limits_enforced else None
        return Served(image, enforced, unit, _objects(profile, devices[0]))

    def _encoded(self, device: PlannedDevice) -> Image:
        profile = self.profile(device)
        values = self.state.values_of(self.state.devices[device.tag], profile)
        steps = self.state.scenario.manner_of(device).resolution
        return encoded(profile, device.unit, values, steps)

    def _joined(self, devices: list[PlannedDevice]) -> Profile:
        """Return the profile of a device: the connectors of one station are one, with the points of all."""
        places = {
            (point.quantity, point.table, point.address): point
            for device in devices
            for point in self.profile(device).points
        }
        return replace(self.profile(devices[0]), points=tuple(places.values()))


def _objects(profile: Profile, device: PlannedDevice) -> dict[int, str]:
    """Return what FC 43 tells: vendor, product code, revision, and the product's name."""
    vendor = profile.fc43.get("vendor", profile.vendor)
    product = profile.fc43.get("product", profile.model)
    firmware = next((version.lstrip("<>= ") for version in device.approved_firmware), "1")
    return {0: vendor, 1: product, 2: firmware, 4: profile.model}
