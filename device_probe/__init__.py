"""Read meters and chargers over Modbus/TCP and judge what was read, knowing nothing of the other rooms."""
