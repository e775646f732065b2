"""How `fieldapp design` shows a site design and its study to people."""

from checklists.plan import hours, plan
from checklists.words import INSTRUMENTS
from designs.model import Study
from fieldapp.cli.showing import say, show_table
from fieldapp.store.sites import Generated


def show_generated(found: Generated) -> None:
    """Print what follows from a design: verdict first, then the study, then how many items."""
    design, study = found.site_design.design, found.study
    say(f"{found.site_design.parameters.name}: {design.id} revision {design.revision}, {study.rule_set}")
    for sentence in study.not_computed:
        say(f"Not computed: {sentence}")
    show_findings(study)
    _show_point(study)
    _show_boards(study)
    _show_circuits(study)
    pairs = [
        (f"{it.upstream} over {it.downstream}", it.verdict, figure(it.limit_ka), it.reason)
        for it in study.selectivity
    ]
    if pairs:
        show_table(("Selectivity", "Verdict", "Up to, kA", "Because"), pairs)
    if study.refused:
        say("REFUSED: change what the errors above name.")
    else:
        _show_phases(found)


def show_findings(study: Study) -> None:
    """Print the findings, the worst first, each with its remedy."""
    order = {"error": 0, "warning": 1, "info": 2}
    rows = [
        (it.severity, it.tag, it.sentence, it.clause, it.remedy)
        for it in sorted(study.findings, key=lambda it: order[it.severity])
    ]
    show_table(("Severity", "Tag", "Finding", "Clause", "Remedy"), rows, empty="No findings.")


def _show_point(study: Study) -> None:
    point = study.connection_point
    expected = point.expected_thd_voltage_percent
    rows = [
        ("Ik max", f"{point.ik_max_ka:.2f} kA"),
        ("Demand, everything at full power", f"{point.demand_full_a:.0f} A"),
        ("Demand under load management", f"{point.demand_managed_a:.0f} of {point.import_limit_a:.0f} A"),
        ("Isc / IL", f"{point.isc_over_il:.0f}"),
        ("Voltage distortion, limit", f"{point.thd_voltage_limit_percent:g} % ({point.thd_clause})"),
        ("Voltage distortion, expected", "unknown" if expected is None else f"{expected:.1f} %"),
        ("Current distortion, limit", f"{point.tdd_current_limit_percent:g} % ({point.tdd_clause})"),
    ]
    rows += [
        (
            f"{it.tag} loading",
            f"{it.loading_managed_percent:.0f} % managed, {it.loading_full_percent:.0f} % full",
        )
        for it in study.transformers
    ]
    show_table(("Connection point", ""), rows)


def _show_boards(study: Study) -> None:
    rows = [
        (it.tag, f"{it.ik_max_ka:.2f}", f"{it.ik_min_ka:.2f}", f"{it.zs_ohm:.3f}", figure(it.ip_ka))
        for it in study.boards
    ]
    if rows:
        show_table(("Node", "Ik max, kA", "Ik min L-PE, kA", "Zs hot, Ω", "ip, kA"), rows)


def _show_circuits(study: Study) -> None:
    rows = [
        (it.tag, f"{it.ib_a:.0f} ≤ {it.in_a:.0f} ≤ {figure(it.iz_a, 0)}", figure(it.zs_expected_cold_ohm, 3),
         figure(it.zs_permitted_ohm, 3), figure(it.voltage_drop_total_percent, 1))
        for it in study.circuits
    ]  # fmt: skip
    show_table(("Circuit", "Ib ≤ In ≤ Iz, A", "Zs expected, Ω", "Zs permitted, Ω", "Voltage drop, %"), rows)


def _show_phases(found: Generated) -> None:
    """Print what the work amounts to, phase by phase."""
    phases = plan(found.checklists)
    rows = [
        (it.title, str(it.items), str(it.stops or "–"), hours(it.minutes),
         ", ".join(INSTRUMENTS.get(each, each).partition(" (")[0] for each in it.instruments) or "–")
        for it in phases
    ]  # fmt: skip
    show_table(("Phase", "Items", "Stop-work", "Time", "Instruments"), rows)
    total = hours(sum(it.minutes for it in phases))
    say(f"{len(found.items)} items in {len(phases)} phases, {total} of work without ways and waiting.")


def figure(value: float | None, digits: int = 2) -> str:
    """Return a figure, or a dash for one that is not known."""
    return "–" if value is None else f"{value:.{digits}f}"
