"""What the verdicts on selectivity (``designs.selectivity``) mean for the engineer. IEC 60364-5-53, 536."""

from collections import defaultdict
from collections.abc import Iterator

from designs.findings import Studied, finding, listed
from designs.model import Figure, Finding


def no_selectivity(studied: Studied) -> Iterator[Finding]:
    """A device that is not smaller than the one upstream may open it too."""
    below: defaultdict[str, list[str]] = defaultdict(list)
    for each in studied.study.selectivity:
        if each.verdict == "none":
            below[each.upstream].append(each.downstream)
    for upstream, tags in below.items():
        circuit = studied.one_line.circuit(upstream)
        yield finding(
            "selectivity_none",
            "warning",
            upstream,
            f"Circuit {upstream}: a fault or overload behind {listed(tags)} may open {upstream} too, whose "
            f"device of {circuit.device.rated_current_a:g} A is not larger.",
            Figure("in", circuit.device.rated_current_a, "A"),
            None,
            studied.clause("5-53", "536"),
            "Choose a larger device upstream, a smaller one downstream, or a switch instead of one of them.",
        )


def limited_selectivity(studied: Studied) -> Iterator[Finding]:
    """Says for which circuits selectivity is partial or not decided, once for all."""
    pairs = [each for each in studied.study.selectivity if each.verdict in ("partial", "inconclusive")]
    tags = [each.downstream for each in pairs]
    limits = [each.limit_ka for each in pairs if each.limit_ka is not None]
    if not pairs:
        return
    up_to = f"; where a limit is known it is {min(limits):g} kA or more" if limits else ""
    yield finding(
        "selectivity_limited",
        "info",
        tags[0],
        f"{listed(tags)}: selectivity with the device upstream is partial or not decided{up_to}.",
        Figure("circuits", float(len(tags))),
        None,
        studied.clause("5-53", "536"),
        "Look up the pairs in the makers' selectivity tables where the service needs more.",
    )
