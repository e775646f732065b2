"""Who is at an address."""
