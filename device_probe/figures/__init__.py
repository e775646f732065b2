"""Figures of a probe run as SVG, each with a text alternative, and as text for a terminal. Pure.

The same data draws the same figure, byte for byte. Nothing depends on colour alone: solid and dashed strokes,
filled and hollow marks, signs and words say the same.
"""

from device_probe.figures.balance import balance_svg, balance_text
from device_probe.figures.distortion import currents_svg, currents_text, thd_svg, thd_text
from device_probe.figures.harmonics import harmonics_svg, harmonics_text, spectrum_svg, spectrum_text
from device_probe.figures.load_step import load_step_svg, load_step_text
from device_probe.figures.of_report import ReportFigure, figures_of
from device_probe.figures.phasor import phasor_svg, phasor_text
from device_probe.figures.spectrum import Spectrum
from device_probe.figures.steps import StepMark, StepPlot, StepSeries, Strip, plot_of

__all__ = [
    "ReportFigure", "Spectrum", "StepMark", "StepPlot", "StepSeries", "Strip", "balance_svg", "balance_text",
    "currents_svg", "currents_text", "figures_of", "harmonics_svg", "harmonics_text", "load_step_svg",
    "load_step_text", "phasor_svg", "phasor_text", "plot_of", "spectrum_svg", "spectrum_text", "thd_svg",
    "thd_text",
]  # fmt: skip
