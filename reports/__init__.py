"""A finished site as a sealed document."""
