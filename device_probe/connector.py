"""A planned device's profile as it stands at the connector that is meant."""

from device_probe.kept import Kept
from device_probe.model import PlannedDevice
from device_probe.profile import Profile, for_connector

_CONNECTORS: Kept[Profile] = Kept()


def profile_at(device: PlannedDevice, profile: Profile) -> Profile:
    """Return the profile as it stands at the device's connector; ProfileError when there is none."""
    if device.connector == 1:
        return profile
    return _CONNECTORS.get(profile, device.connector, lambda: for_connector(profile, device.connector))
