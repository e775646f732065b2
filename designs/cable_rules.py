"""Cables by IEC 60364-5-52: correction factors, capacity, resistance by temperature, voltage drop."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from designs.errors import DesignError
from designs.model import Cable, Circuit

#: Operating temperature of the conductor, °C, by insulation (IEC 60364-5-52 Table 52.1).
OPERATING_C: Mapping[str, float] = {"PVC": 70.0, "XLPE": 90.0}
#: Temperature coefficient of resistance at 20 °C, 1/K.
ALPHA: Mapping[str, float] = {"Cu": 0.00393, "Al": 0.00403}
#: k for the adiabatic equation, A·√s/mm², live conductor and PE in the cable (IEC 60364-4-43 Table 43A).
ADIABATIC_K: Mapping[tuple[str, str], float] = {
    ("Cu", "PVC"): 115.0,
    ("Cu", "XLPE"): 143.0,
    ("Al", "PVC"): 76.0,
    ("Al", "XLPE"): 94.0,
}

#: The tables end here for what is known from two sources; XLPE hotter than 60 °C needs the standard itself.
_AMBIENT_C = (10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60)
_IN_AIR = {  # Table B.52.14
    "PVC": (1.22, 1.17, 1.12, 1.06, 1.00, 0.94, 0.87, 0.79, 0.71, 0.61, 0.50),
    "XLPE": (1.15, 1.12, 1.08, 1.04, 1.00, 0.96, 0.91, 0.87, 0.82, 0.76, 0.71),
}
_IN_GROUND = {  # Table B.52.15
    "PVC": (1.10, 1.05, 1.00, 0.95, 0.89, 0.84, 0.77, 0.71, 0.63, 0.55, 0.45),
    "XLPE": (1.07, 1.04, 1.00, 0.96, 0.93, 0.89, 0.85, 0.80, 0.76, 0.71, 0.65),
}
_BUNCHED_COUNT = (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 20)
_BUNCHED = (1.00, 0.80, 0.70, 0.65, 0.60, 0.57, 0.54, 0.52, 0.50, 0.45, 0.41, 0.38)  # Table B.52.17, row 1
_BURIED_COUNT = (1, 2, 3, 4, 5, 6)
_BURIED = (1.00, 0.75, 0.65, 0.60, 0.55, 0.50)  # Table B.52.18, touching
_DUCTS = (1.00, 0.85, 0.75, 0.70, 0.65, 0.60)  # Table B.52.19, ducts touching
_BURIED_APART = (1.00, 0.90, 0.80, 0.75, 0.70, 0.70)  # Table B.52.18, 0.25 m between the circuits
_DUCTS_APART = (1.00, 0.90, 0.85, 0.80, 0.80, 0.80)  # Table B.52.19, 0.25 m between the ducts
_GROUPING: Mapping[tuple[str, str], tuple[Sequence[int], Sequence[float]]] = {
    ("D1", "touching"): (_BURIED_COUNT, _DUCTS),
    ("D2", "touching"): (_BURIED_COUNT, _BURIED),
    ("D1", "0.25 m"): (_BURIED_COUNT, _DUCTS_APART),
    ("D2", "0.25 m"): (_BURIED_COUNT, _BURIED_APART),
}
_SOIL_KM_PER_W = (0.5, 0.7, 1.0, 1.5, 2.0, 2.5, 3.0)
_SOIL: Mapping[str, Sequence[float]] = {  # Table B.52.16
    "D1": (1.28, 1.20, 1.18, 1.10, 1.05, 1.00, 0.96),
    "D2": (1.88, 1.62, 1.50, 1.28, 1.12, 1.00, 0.90),
}

#: On trays and ladders single cores in parallel may lie at a clear distance, where no factor applies
#: (Table B.52.21); in all other methods every parallel cable is a circuit of the group (523.5).
SINGLE_CORE_IN_AIR = ("F", "G")

#: Power factors between which the voltage drop is taken at its worst.
POWER_FACTORS = ((1.0, 0.0), (0.95, 0.3122))


def ambient_factor(cable: Cable) -> float:
    """Return the factor for the temperature of air or ground; between two rows the hotter one."""
    table = _IN_GROUND if cable.method.startswith("D") else _IN_AIR
    factor = _at_least(_AMBIENT_C, table[cable.insulation], cable.ambient_c)
    if factor is None:
        raise DesignError(f"There is no correction factor above {_AMBIENT_C[-1]} °C; choose a cooler route.")
    return factor


def grouping_factor(cable: Cable) -> float:
    """Return the factor for circuits laid together; they are all loaded for hours, so it applies in full.

    Cables in parallel each count as a circuit, whatever ``grouped_circuits`` says (IEC 60364-5-52, 523.5).
    """
    counts, factors = _GROUPING.get((cable.method, cable.spacing), (_BUNCHED_COUNT, _BUNCHED))
    together = grouped(cable)
    factor = _at_least(counts, factors, together)
    if factor is None:
        raise DesignError(
            f"There is no grouping factor for {together} circuits in method {cable.method}; "
            f"lay at most {counts[-1]} together."
        )
    return factor


def grouped(cable: Cable) -> int:
    """Return how many circuits heat one another: at least the cables that one circuit has in parallel."""
    apart = cable.method in SINGLE_CORE_IN_AIR
    return cable.grouped_circuits if apart else max(cable.grouped_circuits, cable.parallel)


def soil_factor(cable: Cable) -> float:
    """Return the factor for the resistivity of the soil (Table B.52.16); between rows the drier one."""
    if cable.method not in _SOIL:
        return 1.0
    factor = _at_least(_SOIL_KM_PER_W, _SOIL[cable.method], cable.soil_km_per_w)
    if factor is None:
        raise DesignError(
            f"There is no factor for a soil of {cable.soil_km_per_w:g} K·m/W; Table B.52.16 ends at "
            f"{_SOIL_KM_PER_W[-1]:g}, so bed the cable in better soil."
        )
    return factor


def corrected_iz_a(cable: Cable) -> float:
    """Return the current-carrying capacity Iz in A after correction; of a busbar trunking its rated current.

    DesignError beyond the tables. Temperature, grouping and soil: IEC 60364-5-52 Tables B.52.14 to B.52.19.
    """
    if cable.kind == "busbar":
        return cable.iz_tabulated_a * cable.parallel
    factors = ambient_factor(cable) * grouping_factor(cable) * soil_factor(cable)
    return cable.iz_tabulated_a * factors * cable.parallel


def hot_factor(cable: Cable) -> float:
    """Return how much higher the resistance is at operating temperature than at 20 °C."""
    return 1.0 + ALPHA[cable.conductor] * (OPERATING_C[cable.insulation] - 20.0)


def line_impedance(cable: Cable, hot: bool) -> complex:
    """Return the impedance of one line conductor over the length of the cable, in ohms."""
    resistance = cable.r20_ohm_per_km * (hot_factor(cable) if hot else 1.0)
    return complex(resistance, cable.x_ohm_per_km) * cable.length_m / 1000 / cable.parallel


def pe_impedance(cable: Cable, hot: bool) -> complex:
    """Return the impedance of the protective conductor in the cable; its reactance is that of the line."""
    resistance = cable.pe_r20_ohm_per_km * (hot_factor(cable) if hot else 1.0)
    return complex(resistance, cable.x_ohm_per_km) * cable.length_m / 1000 / cable.parallel


def neutral_impedance(cable: Cable, hot: bool) -> complex:
    """Return the impedance of the neutral over the length of the cable, in ohms."""
    cold = cable.r20_ohm_per_km if cable.neutral_r20_ohm_per_km is None else cable.neutral_r20_ohm_per_km
    resistance = cold * (hot_factor(cable) if hot else 1.0)
    return complex(resistance, cable.x_ohm_per_km) * cable.length_m / 1000 / cable.parallel


def voltage_drop_v(circuit: Circuit) -> float:
    """Return the line-to-neutral voltage drop at Ib, hot, at the worst usual power factor (Annex G)."""
    impedance = line_impedance(circuit.cable, hot=True)
    both_ways = 2.0 if circuit.phases == 1 else 1.0
    worst = max(impedance.real * cos + impedance.imag * sin for cos, sin in POWER_FACTORS)
    return both_ways * worst * circuit.design_current_a


def _at_least(steps: Sequence[float], factors: Sequence[float], value: float) -> float | None:
    place = bisect_left(steps, value)
    return factors[place] if place < len(steps) else None
