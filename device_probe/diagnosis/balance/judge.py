"""The judgement of all meters of a site against one another. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from device_probe.diagnosis.balance.compare import Comparison, compare
from device_probe.diagnosis.balance.explain import (
    candidates,
    moving,
    pinned,
    unmetered,
    vanishes,
    with_ratios,
)
from device_probe.diagnosis.balance.follow import wrong_circuits
from device_probe.diagnosis.balance.hypothesis import FLEXIBLE, Board, Hypothesis, tested
from device_probe.diagnosis.balance.node import MIN_ROUNDS, Node, build, failing, rest_of
from device_probe.diagnosis.balance.phases import StationPhases, confirmations, solutions
from device_probe.diagnosis.balance.sentences import told_phases
from device_probe.diagnosis.balance.series import PHASES, TOTAL, Circumstances, Site, gather_site, landing
from device_probe.diagnosis.balance.wording import Judged, broken, doubtful, named, several
from device_probe.diagnosis.evidence import Sample
from device_probe.model import Finding, SitePlan, Verdict, VerdictWord


@dataclass(frozen=True, slots=True)
class NodeVerdict:
    """The judgement of one meter against the meters below it."""

    tag: str
    verdict: VerdictWord
    reason: str
    action: str = ""
    comparisons: tuple[Comparison, ...] = ()
    explanations: tuple[Hypothesis, ...] = ()  # one: it is named; more: each of them fits
    findings: tuple[Finding, ...] = ()

    @property
    def named(self) -> Hypothesis | None:
        """Return the one mistake that explains it."""
        return self.explanations[0] if len(self.explanations) == 1 else None


@dataclass(frozen=True, slots=True)
class BalanceVerdict:
    """All nodes of a site, and where each station is."""

    nodes: tuple[NodeVerdict, ...]
    stations: tuple[StationPhases, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return every finding once."""
        return tuple(dict.fromkeys(f for node in self.nodes for f in node.findings))

    def verdicts(self) -> tuple[Verdict, ...]:
        """Return the verdicts in the shape of a report."""
        return tuple(Verdict(n.tag, "balance", n.verdict, n.reason, n.action) for n in self.nodes)


def judge_balance(
    plan: SitePlan, samples: Mapping[str, Sequence[Sample]], around: Circumstances | None = None
) -> BalanceVerdict:
    """Judge every meter that has devices below it by samples taken side by side."""
    return judge_gathered(gather_site(plan, samples, around))


def judge_gathered(site: Site) -> BalanceVerdict:
    """Judge a site whose samples are in rounds already."""
    nodes = {d.tag: node for d in site.plan.devices if (node := build(site, d.tag)) is not None}
    failed = {tag: lanes for tag, node in nodes.items() if (lanes := failing(node))}
    board = Board(site, nodes, failed)
    explained = _explained(board) if failed else {}
    verdicts = tuple(_node_verdict(board, node, explained.get(tag, ())) for tag, node in nodes.items())
    return BalanceVerdict(verdicts, tuple(_stations(board, verdicts)))


def _explained(board: Board) -> dict[str, tuple[Hypothesis, ...]]:
    """Return for each failing node the mistakes that explain it and every failing node beside it."""
    found = _fitting(board)
    explained = {}
    for tag in board.failed:
        cluster = _cluster(board, tag)
        fitting = [h for h in found if cluster <= h.covers]
        most = max((len(h.covers) for h in fitting), default=0)
        fitting = [h for h in fitting if len(h.covers) == most]
        explained[tag] = tuple(with_ratios(board, h) for h in _merged(_parsimonious(board, fitting)))
    return explained


def _fitting(board: Board) -> list[Hypothesis]:
    """Return every hypothesis that puts right what it touches, each once, the most exact first."""
    tried = [h for h in candidates(board) if h.changes]
    for tag in board.failed:
        tried += solutions(board, board.nodes[tag])
    found = [h for one in tried if (h := tested(board, one)) is not None]
    followed = list(wrong_circuits(board))
    found += [f.hypothesis for f in followed]
    loose = [f.hypothesis.key for f in followed if f.hypothesis.kind == "wrong_circuit" and not f.proven]
    found += [
        replace(f.hypothesis, kind="meter_wrong", tags=f.hypothesis.tags[:1])
        for f in followed if f.hypothesis.key in loose
    ]  # fmt: skip
    found += [h for tag in board.failed if (h := unmetered(board.nodes[tag])) is not None]
    return list({h.key: h for h in reversed(found)}.values())[::-1]


def _cluster(board: Board, tag: str) -> frozenset[str]:
    """Return the failing nodes connected with one through failing nodes."""
    found, todo = {tag}, [tag]
    while todo:
        one = todo.pop()
        near = [
            t
            for t in board.failed
            if board.site.devices[t].parent == one or board.site.devices[one].parent == t
        ]
        todo += [t for t in near if t not in found]
        found |= set(near)
    return frozenset(found)


def _parsimonious(board: Board, fitting: Sequence[Hypothesis]) -> tuple[Hypothesis, ...]:
    """A remainder that moves exactly as one rigid mistake says is not a load that happens to move so."""
    rigid = [h for h in fitting if _rigid(board, h)]
    if rigid and any(_speaks(board.nodes[tag]) for h in rigid for tag in h.covers):
        return tuple(h for h in fitting if h in rigid or _frozen(board, h))
    if any(pinned(board, h) for h in rigid):
        fitting = [h for h in fitting if h.kind != "meter_wrong"]
    if any(h.kind == "no_current" or _surely_reversed(board, h) for h in rigid):
        # a remainder exactly as large as what is missing, or twice as large as one phase reads while the
        # others are right, is no generation, and no other circuit, by chance
        fitting = [h for h in fitting if h.kind not in FLEXIBLE]
    return tuple(h for h in fitting if h.kind != "unmetered" or not _opposed(board, h))


def _surely_reversed(board: Board, one: Hypothesis) -> bool:
    """Return True when one phase is read backwards and no source works below its meter.

    Where one does, another one, on that phase alone, looks the same until loads move.
    """
    return one.kind == "ct_reversed" and pinned(board, one) and not _source_works(board.site, one.tags[0])


def _source_works(site: Site, tag: str) -> bool:
    own = site.series[tag]
    works = any(abs(v) > e for v, e in zip(own.power[TOTAL], own.worst[TOTAL], strict=True))
    return (tag in site.around.roles and works) or any(_source_works(site, c) for c in site.children(tag))


def _speaks(node: Node) -> bool:
    """Return True when the loads have moved so much that a load without a meter would have shown itself."""
    return moving(node) or vanishes(node)


def _rigid(board: Board, one: Hypothesis) -> bool:
    """Return True for a mistake that says how the remainder moves, and not only that it may be anything."""
    if one.kind in FLEXIBLE or (one.kind == "charger_readings" and not one.factor):
        return False
    # what a device without any below it would read if it read at all, only the one node above it says
    return not (one.kind == "no_current" and one.phase is None and one.tags[0] not in board.nodes)


def _frozen(board: Board, one: Hypothesis) -> bool:
    """A charger that tells the same power in every sample is suspect whatever else fits."""
    if one.kind != "charger_readings" or one.factor is not None:
        return False
    return any(value > 0 for value in board.site.series[one.tags[0]].power[TOTAL])


def _merged(fitting: Sequence[Hypothesis]) -> tuple[Hypothesis, ...]:
    """A meter whose phases are turned is one explanation, whichever way round."""
    turned = [h for h in fitting if h.kind == "meter_phases"]
    merged: dict[tuple[str, ...], Hypothesis] = {}
    for one in turned:
        first = merged.get(one.tags, replace(one, landings=()))
        merged[one.tags] = replace(first, landings=first.landings + one.landings)
    return (*merged.values(), *(h for h in fitting if h.kind != "meter_phases"))


def _opposed(board: Board, one: Hypothesis) -> bool:
    """Return True when another meter lacks what this one has too much: then it is no load without a meter."""
    way = one.factor or 1.0
    return any(way * rest_of(board.nodes[tag], TOTAL) < 0 for tag in board.failed if tag not in one.covers)


def _node_verdict(board: Board, node: Node, explained: tuple[Hypothesis, ...]) -> NodeVerdict:
    site = board.site
    comparisons = compare(site, node)
    if (why := _unfit(board, node)) is not None:
        return NodeVerdict(node.tag, "inconclusive", why.reason, why.action, comparisons)
    if node.tag in board.failed:
        judged = _failed(board, node, explained, comparisons)
    else:
        judged = doubtful(node, comparisons)
    return NodeVerdict(
        node.tag, judged.verdict, judged.reason, judged.action, comparisons, explained, judged.findings
    )  # fmt: skip


def _unfit(board: Board, node: Node) -> Judged | None:
    """Return why a node can't be judged; None when it can."""
    site = board.site
    for member in (node.parent, *node.children):
        if member.silent:
            why = site.around.set_aside.get(member.tag)
            if why is not None:
                return Judged(
                    "inconclusive",
                    f"{member.tag} can't be compared: {why}",
                    f"Clear {member.tag} first, then measure again.",
                )
            if any(sample is not None for sample in site.samples[member.tag]):
                return Judged(
                    "inconclusive",
                    f"{member.tag} answers, but it tells no active power that can be used.",
                    f"Clear what is found about the readings of {member.tag} first, then measure again.",
                )
            return Judged(
                "inconclusive",
                f"{member.tag} gave no active power.",
                f"Make {member.tag} answer, then measure again.",
            )
    if any(node.rounds(a) for a in (*PHASES, 3)):
        return None
    if site.rounds < MIN_ROUNDS:
        return Judged(
            "inconclusive",
            f"Only {site.rounds} {'sample was' if site.rounds == 1 else 'samples were'} taken.",
            f"Take at least {MIN_ROUNDS} samples under load.",
        )
    limit = f"{node.parent.chain.min_current_a:.3g} A"
    return Judged(
        "inconclusive", f"{node.tag} and the devices below it carry less than {limit} on each phase.",
        f"{_load_for(site, node)} until {node.tag} reads {limit} per phase, then measure again.",
    )  # fmt: skip


def _load_for(site: Site, node: Node) -> str:
    """Return what brings load onto a meter: charging, or the work of the sources below it."""
    sources = [child.tag for child in node.children if child.tag in site.around.roles]
    only = len(sources) == len(node.children)
    return f"Let {' and '.join(sources)} work" if only else "Let stations charge"


def _failed(
    board: Board, node: Node, explained: tuple[Hypothesis, ...], comparisons: tuple[Comparison, ...]
) -> Judged:
    if not explained:
        return broken(node, comparisons)
    if len(explained) > 1:
        return several(board, node, explained, comparisons)
    return named(board, node, explained[0], comparisons)


def _stations(board: Board, verdicts: Iterable[NodeVerdict]) -> Iterable[StationPhases]:
    for verdict in verdicts:
        node = board.nodes[verdict.tag]
        if verdict.verdict == "pass":
            yield from confirmations(board.site, node)
            continue
        alternatives = [dict(h.landings) for h in verdict.explanations if h.kind == "station_phases"]
        sure = alternatives[0] if len(verdict.explanations) == 1 and alternatives else {}
        for child in node.children:
            device = board.site.devices[child.tag]
            if device.role != "station":
                continue
            declared = landing(device)
            found = sure.get(child.tag)
            if found is not None:
                reason = (
                    f"{child.tag} is on {told_phases(found, device)}, not {told_phases(declared, device)}."
                )
                yield StationPhases(
                    child.tag,
                    declared,
                    "other",
                    found,
                    reason,
                    f"Correct the plan or the connection of {child.tag}.",
                )
            else:
                reason = f"{node.tag} must be settled first: {verdict.reason}"
                yield StationPhases(child.tag, declared, "undecided", None, reason, verdict.action)
