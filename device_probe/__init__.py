"""Reads meters and chargers over Modbus/TCP and judges what it read. Knows nothing of sites, checklists or the web."""
