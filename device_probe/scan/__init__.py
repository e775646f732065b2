"""Looking for devices in a network, politely, and comparing them with the plan."""
