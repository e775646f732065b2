"""The whole story once, on real parts: what `fieldapp demo` and tests/journeys/test_story.py run.

Server, worker, tablet, simulated site, pack and verification are the product's own, in processes and on
sockets of their own (docs/decisions/0004).
"""

from fieldapp.story.demo import run_demo

__all__ = ["run_demo"]
