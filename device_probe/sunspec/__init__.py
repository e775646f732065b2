"""SunSpec devices: their models found by walking the chain, read as ordinary profiles."""
