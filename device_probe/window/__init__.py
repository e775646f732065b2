"""Windows: samples at an interval, streamed to disk as they come."""
