"""A one-line diagram looked up quickly: who feeds a node, what leaves it, the way to it, its voltage."""

from collections import defaultdict
from collections.abc import Mapping

from designs.model import Circuit, Load, OneLine, PvInverter, Station, Storage, Switchboard, Transformer

Node = Transformer | Switchboard | Station | Load | Storage | PvInverter


class Topology:
    """An index over a checked one-line (``apply.check_one_line``): a tree that begins at the supply.

    Ways pass through transformers, since a transformer is a branch as well as a node.
    """

    def __init__(self, one_line: OneLine) -> None:
        self.one_line = one_line
        self.feeder: Mapping[str, Circuit] = {each.target: each for each in one_line.circuits}
        self.transformers: Mapping[str, Transformer] = {each.tag: each for each in one_line.transformers}
        groups = (
            one_line.transformers, one_line.switchboards, one_line.stations,
            one_line.loads, one_line.storage, one_line.pv,
        )  # fmt: skip
        self.node_of: Mapping[str, Node] = {node.tag: node for group in groups for node in group}
        outgoing: defaultdict[str, list[Circuit]] = defaultdict(list)
        for circuit in one_line.circuits:
            outgoing[circuit.source].append(circuit)
        self._outgoing = {tag: tuple(found) for tag, found in outgoing.items()}
        self._fed_by = {each.tag: each.source for each in one_line.transformers}
        self._fed_by |= {each.target: each.source for each in one_line.circuits}
        self._below = self._children()
        self.order: tuple[str, ...] = self._breadth_first()

    def outgoing(self, node: str) -> tuple[Circuit, ...]:
        """Return the circuits that leave a node."""
        return self._outgoing.get(node, ())

    def source_of(self, node: str) -> str | None:
        """Return the node that feeds a node, through a circuit or as a transformer; None at the supply."""
        return self._fed_by.get(node)

    def children(self, node: str) -> tuple[str, ...]:
        """Return the nodes directly fed from a node."""
        return self._below.get(node, ())

    def way(self, node: str) -> tuple[str, ...]:
        """Return the nodes from the supply to a node, both included."""
        found = [node]
        while (above := self._fed_by.get(found[-1])) is not None:
            found.append(above)
        return tuple(reversed(found))

    def path(self, node: str) -> tuple[Circuit, ...]:
        """Return the circuits from the supply to a node, in order; transformers between them are left out."""
        return tuple(self.feeder[each] for each in self.way(node) if each in self.feeder)

    def local_path(self, node: str) -> tuple[Circuit, ...]:
        """Return the circuits from the nearest transformer (else the supply) to a node: one voltage level."""
        path: list[Circuit] = []
        for each in reversed(self.way(node)):
            if each not in self.feeder:
                break
            path.append(self.feeder[each])
        return tuple(reversed(path))

    def transformer_above(self, node: str) -> Transformer | None:
        """Return the nearest transformer on the way to a node, itself included."""
        return next(
            (self.transformers[each] for each in reversed(self.way(node)) if each in self.transformers), None
        )

    def voltage_v(self, node: str) -> float:
        """Return the nominal line-to-line voltage at a node."""
        transformer = self.transformer_above(node)
        return transformer.nominal_voltage_v if transformer else self.one_line.supply.voltage_v

    def below(self, node: str) -> tuple[str, ...]:
        """Return every node behind a node, itself included, in the order of the feed."""
        found = [node]
        for each in found:
            found.extend(self._below.get(each, ()))
        return tuple(found)

    def _children(self) -> dict[str, tuple[str, ...]]:
        below: defaultdict[str, list[str]] = defaultdict(list)
        for node, source in self._fed_by.items():
            below[source].append(node)
        return {tag: tuple(found) for tag, found in below.items()}

    def _breadth_first(self) -> tuple[str, ...]:
        return self.below(self.one_line.supply.tag)
