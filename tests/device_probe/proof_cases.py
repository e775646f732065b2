"""What is wrong with the site in each scenario, and what must be said of it."""
# ruff: noqa: E501 - a table, read by row

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from device_probe.model import ProbeReport, SitePlan
from device_probe.report import judge_rounds
from device_probe.simulator import MeterFault, simulate
from tests.device_probe.proof_site import ROUNDS, SITE, Loads, World, over_sockets, scenario

FEW = 4
DAY = Loads(pv_w=12_000, battery_w=4000)
EVENING = Loads()
GROUPS = (("CH1", "CH2", "CH3"), ("CH4", "CH5"), ("CH6", "CH7"))
PARADE = replace(DAY, moving=False, parade=GROUPS)
NOON = Loads(6.5, 7.5, pv_w=43_000, battery_w=-20_000)
Named = tuple[str, str, str | None]
Outcome = Literal["right", "open", "silent", "wrong", "blamed"]
OUTCOMES: tuple[Outcome, ...] = ("right", "open", "silent", "wrong", "blamed")


@dataclass(frozen=True)
class Case:
    """One scenario: what is wrong, under which loads, and what the report must say."""

    name: str
    title: str
    found: frozenset[Named]  # every error that is told: code, tag, phase
    faults: tuple[MeterFault, ...] = ()
    really: Callable[[SitePlan], SitePlan] | None = None  # how the site is really built, where not as planned
    planned: Callable[[SitePlan], SitePlan] | None = None  # a plan of another site than the usual one
    loads: Loads = DAY
    verdict: str = "fail"
    says: tuple[str, ...] = ()  # words of the findings and their remedies
    explained: tuple[str, ...] = ()  # words of it among several explanations, where not the same
    blamed: frozenset[str] = frozenset()  # tags whose verdict may be fail besides those found
    passes: frozenset[tuple[str, str]] = frozenset()  # what must pass: tag, aspect

    @property
    def rounds(self) -> int:
        """Return how many rounds show it: more where only movement does."""
        by_movement = self.really is not None or self.loads.building_w or self.loads.parade
        return ROUNDS if by_movement else FEW

    @property
    def told(self) -> SitePlan:
        """Return the plan with which the site is probed."""
        return self.planned(SITE) if self.planned else SITE

    @property
    def real(self) -> SitePlan:
        """Return the site as it really is."""
        return self.really(self.told) if self.really else self.told


def changed(tag: str, **more: object) -> Callable[[SitePlan], SitePlan]:
    """Return what changes one device of a plan."""

    def change(plan: SitePlan) -> SitePlan:
        devices = (replace(d, **more) if d.tag == tag else d for d in plan.devices)  # type: ignore[arg-type]
        return replace(plan, devices=tuple(devices))

    return change


def both(*changes: Callable[[SitePlan], SitePlan]) -> Callable[[SitePlan], SitePlan]:
    """Return several changes after one another."""

    def change(plan: SitePlan) -> SitePlan:
        for one in changes:
            plan = one(plan)
        return plan

    return change


def errors(*found: Named) -> frozenset[Named]:
    return frozenset(found)


def fault(kind: str, tag: str, **more: object) -> MeterFault:
    return MeterFault(kind, tag, **more)  # type: ignore[arg-type]


def all_three(kind: str, tag: str) -> tuple[MeterFault, ...]:
    return tuple(fault(kind, tag, phase=k) for k in (1, 2, 3))


#: G2's transformers (here: its direct leads) stand in the feeder of G3, its own stations are read by nobody.
WRONG_CIRCUIT = both(
    changed("G3", parent="G2"), changed("CH4", parent="PM0"), changed("CH5", parent="PM0"),
)  # fmt: skip

CASES = (
    Case("right", "Everything as planned", errors(), verdict="pass"),
    Case("pv at noon", "PV exports at noon, hardly anybody charges",
         errors(), loads=NOON, verdict="pass"),
    Case("ct reversed", "One CT reversed", errors(("ct-reversed", "G1", "L2")),
         (fault("ct_reversed", "G1", phase=2),), says=("swap S1 and S2 of the CT at input L2", "+")),
    Case("ct reversed, direct", "One current path of a direct meter reversed", errors(("ct-reversed", "G2", "L3")),
         (fault("ct_reversed", "G2", phase=3),), says=("exchange incoming and outgoing conductor at L3",)),
    Case("main ct reversed", "One CT of the main meter reversed", errors(("ct-reversed", "PM0", "L1")),
         (fault("ct_reversed", "PM0", phase=1),), loads=EVENING,
         explained=("PM0 reads the right size in the wrong direction on L1",)),
    Case("reversed feed", "A group meter fed from its load side",
         errors(*(("ct-reversed", "G1", f"L{k}") for k in (1, 2, 3))), all_three("ct_reversed", "G1")),
    Case("pv meter reversed", "The meter of the roof fed from its load side", errors(("meter-reversed", "PV0", None)),
         all_three("ct_reversed", "PV0"), blamed=frozenset({"PM0"}), says=("fed from its load side",)),
    Case("cts rolled", "CTs rolled by one phase", errors(("ct-on-wrong-phase", "G2", "L1, L2 and L3")),
         (fault("currents_permuted", "G2", order=(2, 3, 1)),), says=("put in order",)),
    Case("cts swapped", "Two CTs exchanged", errors(("ct-on-wrong-phase", "G1", "L1 and L3")),
         (fault("ct_swapped", "G1", phase=1, other_phase=3),), says=("exchange the CTs or their leads of L1 and L3",)),
    Case("voltages swapped", "Two voltage leads exchanged", errors(("voltage-leads-swapped", "G2", "L1 and L2")),
         (fault("voltage_swapped", "G2", phase=1, other_phase=2),), says=("exchange the voltage leads L1 and L2",)),
    Case("mirrored", "Voltages and CTs of two phases exchanged: a mirrored sequence",
         errors(("phase-sequence", "PM0", None)),
         (fault("ct_swapped", "PM0", phase=1, other_phase=2), fault("voltage_swapped", "PM0", phase=1, other_phase=2)),
         loads=EVENING, says=("phase-sequence tester",)),
    Case("neutral swapped", "The neutral on the input of L2", errors(("neutral-swapped", "G1", "L2")),
         (fault("neutral_swapped", "G1", phase=2),), says=("exchange the leads at N and at the voltage input L2",)),
    Case("fuse blown", "One fuse of the voltage inputs blown", errors(("voltage-input-missing", "G1", "L2")),
         (fault("voltage_missing", "G1", phase=2),), says=("check supply, fuse and lead of the voltage input L2",)),
    Case("phase missing", "A CT missing on one phase", errors(("no-current", "G1", "L3")),
         (fault("ct_missing", "G1", phase=3),), blamed=frozenset({"PM0"}),
         explained=("G1 gets no current on L3",)),
    Case("ct shorted", "A shorting link left in", errors(("no-current", "G1", "L2")),
         (fault("ct_shorted", "G1", phase=2),), blamed=frozenset({"PM0"}), says=("shorted",),
         explained=("G1 gets no current on L2",)),
    Case("main ct shorted", "A shorting link left in at the main meter", errors(("no-current", "PM0", "L2")),
         (fault("ct_shorted", "PM0", phase=2),), loads=EVENING,
         explained=("PM0 gets no current on L2",)),
    Case("set to delta", "A meter at four wires set to three", errors(("system-setting", "G1", None)),
         (fault("three_wire", "G1"),), says=("3P3W", "set for three phases with neutral")),
    Case("wrong ratio", "400/5 A transformers where 200/5 A are planned", errors(("ct-ratio", "G1", None)),
         (fault("ct_ratio", "G1", factor=0.5),), loads=PARADE, blamed=frozenset({"PM0"}), says=("400/5 A instead of 200/5 A",)),
    Case("wrong main ratio", "600/5 A transformers at the main meter where 400/5 A are planned",
         errors(("ct-ratio", "PM0", None)), (fault("ct_ratio", "PM0", factor=2 / 3),), loads=replace(PARADE, pv_w=0, battery_w=0),
         says=("600/5 A instead of 400/5 A",)),
    Case("register unlike plan", "The meter's CT register is not that of the one-line",
         errors(("decoding-ct-ratio", "G3", None)), (fault("ct_setting", "G3", factor=0.5),),
         says=("set for transformers of 50 A, the plan says 100 A",)),
    Case("addresses swapped", "Two meters of one make answer at one another's address",
         errors(("addresses-swapped", "G1", None)), (fault("address_swapped", "G1", other="G2"),),
         planned=changed("G2", profile="eastron-sdm630"), loads=PARADE, blamed=frozenset({"G2"}), says=("G1 and G2 are exchanged",)),
    Case("addresses swapped, makes", "Two meters of two makes answer at one another's address",
         errors(("decoding-profile", "G2", None), ("decoding-profile", "S6", None)),
         (fault("address_swapped", "S6", other="G2"),), says=("make sense as those of another device",)),
    Case("wrong circuit", "A meter on the circuit of another one", errors(("wrong-circuit", "G2", None)),
         really=WRONG_CIRCUIT, blamed=frozenset({"PM0"}), says=("the circuit of G3",)),
    Case("wrong parent", "A station fed from another group than planned", errors(("wrong-parent", "CH4", None)),
         really=changed("CH4", parent="G1"), blamed=frozenset({"G1", "G2"}), says=("fed from G1",)),
    Case("meter on other phase", "A single-phase meter on L2 instead of L1", errors(("meter-phases", "S7", None)),
         really=both(changed("S7", phase_rotation="L2L3L1"), changed("CH7", phase_rotation="L2L3L1")),
         blamed=frozenset({"G3"}), says=("S7 on L2",)),
    Case("station on other phase", "A station with a single-phase vehicle on L3 instead of L1",
         errors(("station-phases", "CH1", None), ("charger-against-meter", "CH1", None)),
         really=changed("CH1", phase_rotation="L3L1L2"), loads=replace(DAY, single=("CH1",)),
         blamed=frozenset({"G1"}), says=("CH1 on L3-L1-L2",)),
    Case("unmetered load", "A load without a meter below G3", errors(("unmetered-load", "G3", None)),
         loads=replace(DAY, building_w=9000, building_at="G3", steady_building=False), says=("L1 +",),
         explained=("A load without a meter", "below G3")),
    Case("dead parent", "The meter of a group does not answer", errors(("no-answer", "G1", None)),
         (fault("dead", "G1"),), says=("Check power, network and unit id of G1",)),
    Case("beyond class", "A meter that reads 18 % too much", errors(("ct-ratio", "G3", None)),
         (fault("ct_ratio", "G3", factor=1.18),), loads=PARADE, blamed=frozenset({"PM0"}), says=("not as set, or its multiplier is wrong",)),
    Case("charger lies in power", "A station tells 0.6 times what it takes",
         errors(("charger-readings", "CH6", None), ("charger-energy", "CH6", None), ("charger-against-meter", "CH6", None)),
         (fault("ct_ratio", "CH6", factor=0.6),), loads=PARADE, blamed=frozenset({"S6"}), says=("don't bill",),
         explained=("CH6 tells",)),
    Case("charger lies in energy", "A station's session energy is 1.4 times its circuit's",
         errors(("charger-energy", "CH6", None)), (fault("lies", "CH6", quantity="session_energy", factor=1.4),)),
    Case("charger lies in state", "A station says it does not charge while current flows",
         errors(("charger-state", "CH6", None)), (fault("lies", "CH6", letter="B"),), says=("does not charge, but",)),
    Case("limit not respected", "A station takes more than its limit", errors(("charger-limit", "CH6", None)),
         (fault("lies", "CH6", quantity="max_current_limit", factor=0.2),
          fault("lies", "CH6", quantity="current_limit_actual", factor=0.2)), says=("with a limit of 6.4 A",)),
)  # fmt: skip


def problems(case: Case, report: ProbeReport) -> list[str]:
    """Return what is not as it must be: another verdict, another finding, other words, somebody else blamed."""
    found = frozenset((f.code, f.tag, f.phase) for f in report.findings if f.severity == "error")
    wrong = [f"{what} not found" for what in case.found - found] + [
        f"{what} told" for what in found - case.found
    ]
    if report.verdict != case.verdict:
        wrong.append(f"the verdict is {report.verdict}: {report.reason}")
    blamed = (
        {v.tag for v in report.verdicts if v.verdict == "fail"} - case.blamed - {t for _, t, _ in case.found}
    )
    wrong += [f"{tag} is blamed" for tag in sorted(blamed)]
    words = " ".join(f"{f.sentence} {f.remedy}" for f in report.findings)
    return wrong + [f"{part!r} is not said" for part in case.says if part not in words]


def blamed_besides(case: Case, report: ProbeReport) -> set[str]:
    """Return the tags of what is named although it is as planned."""
    wrong = {tag for _, tag, _ in case.found} | case.blamed
    named = {f.tag for f in report.findings if f.severity == "error" and f.code != "balance-ambiguous"}
    return (named | {v.tag for v in report.verdicts if v.verdict == "fail"}) - wrong


def outcome(case: Case, report: ProbeReport) -> Outcome:
    """Put a report in a word.

    "right" says what it must and nothing else; "open" is inconclusive and has the truth among its explanations;
    "silent" is inconclusive and explains nothing; "blamed" names somebody who is as planned; all else is "wrong":
    a pass of what is not as planned, another mistake than the true one, explanations without it, other words.
    """
    if not problems(case, report):
        return "right"
    if blamed_besides(case, report):
        return "blamed"
    errors_told = [f for f in report.findings if f.severity == "error"]
    if report.verdict != "inconclusive" or any(f.code != "balance-ambiguous" for f in errors_told):
        return "wrong"
    if not errors_told:
        return "open" if case.verdict == "pass" else "silent"
    truth = case.explained or case.says
    told = any(all(part in f.sentence for part in truth) for f in errors_told)
    return "open" if truth and told else "wrong"


def over_seed(case: Case, seed: int, world: World | None = None) -> ProbeReport:
    """Return the report of a case under one seed of load and noise, read without sockets."""
    known = world or World(seed, case.loads, case.real)
    return judge_rounds(case.told, known.read(case.faults, case.told if case.really else None))


def over_modbus(case: Case, seed: int = 0) -> ProbeReport:
    """Return the report of a case whose site is simulated, served and read over Modbus/TCP."""
    with simulate(case.real, scenario(seed, case.loads, case.faults)) as site:
        places = {d.tag: (d.host, d.port) for d in site.plan.devices}
        told = replace(case.told, devices=tuple(
            replace(d, host=places[d.tag][0], port=places[d.tag][1]) for d in case.told.devices
        ))  # fmt: skip
        return judge_rounds(told, over_sockets(told, site, max(case.rounds, 5 + 8 * len(case.loads.parade))))
