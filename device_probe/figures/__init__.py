"""Figures of a probe run as SVG, each with a text alternative, and as text for a terminal. Pure.

The same data draws the same figure, byte for byte. Nothing depends on colour alone: solid and dashed strokes,
filled and hollow marks and words say the same.
"""

from device_probe.figures.balance import balance_svg, balance_text
from device_probe.figures.harmonics import (
    Spectrum,
    harmonics_svg,
    harmonics_text,
    spectrum_svg,
    spectrum_text,
    thd_svg,
)
from device_probe.figures.load_step import StepMark, StepPlot, StepSeries, load_step_svg, load_step_text
from device_probe.figures.phasor import phasor_svg, phasor_text

__all__ = [
    "Spectrum", "StepMark", "StepPlot", "StepSeries", "balance_svg", "balance_text", "harmonics_svg",
    "harmonics_text", "load_step_svg", "load_step_text", "phasor_svg", "phasor_text", "spectrum_svg",
    "spectrum_text", "thd_svg",
]  # fmt: skip
