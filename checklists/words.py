"""The vocabulary of checklists: phases, instruments, competences, severities; every page says it alike."""

from collections.abc import Mapping

from checklists.model import Evidence, Section, Severity

PHASES: Mapping[Section, str] = {
    "survey": "Survey and permits",
    "civil": "Civil and mechanical works",
    "inspection": "Inspection",
    "dead_tests": "Dead tests",
    "energisation": "Energisation",
    "live_tests": "Live tests",
    "evse_function": "EVSE functions",
    "dc_charger": "DC chargers",
    "storage_pv": "Storage and PV",
    "metering": "Metering",
    "communication": "Communication and back office",
    "load_management": "Load management",
    "power_quality": "Power quality",
    "documentation": "Documentation",
    "handover": "Handover",
}

#: Classes of instrument; each has a calibration certificate.
INSTRUMENTS: Mapping[str, str] = {
    "installation-tester": "Multifunction installation tester (IEC 61557)",
    "insulation-tester": "Insulation tester (IEC 61557-2)",
    "earth-tester": "Earth electrode tester (IEC 61557-5)",
    "loop-tester-high-current": "High-current loop tester, resolves 1 mΩ (IEC 61557-3)",
    "voltage-detector": "Two-pole voltage detector (IEC 61243-3)",
    "torque-tool": "Torque wrench or screwdriver",
    "evse-adapter": "EVSE test adapter, simulates the vehicle",
    "dc-evse-tester": "DC charging tester, simulates the vehicle",
    "clamp-meter": "Clamp meter",
    "power-analyser": "Power analyser (IEC 61000-4-30)",
    "lux-meter": "Illuminance meter",
    "primary-injection-set": "Primary or secondary injection test set",
}

#: An instrument of a class on the right does for the class on the left too.
ALSO: Mapping[str, tuple[str, ...]] = {
    "insulation-tester": ("installation-tester",),
    "loop-tester-high-current": (),
}

COMPETENCES: Mapping[str, str] = {
    "electrician": "Electrically skilled person (EN 50110-1)",
    "tester": "Electrically skilled person competent in inspection and testing (IEC 60364-6, 6.4.1)",
    "person-in-charge": "Nominated person in control of the electrical installation (EN 50110-1)",
    "mv-authorised": "Person authorised for medium-voltage switching",
    "civil": "Supervisor of the civil works",
    "maker-trained": "Person trained by the maker of the equipment",
    "commissioner": "Commissioning engineer with back-office access",
    "engineer": "Responsible electrical engineer",
    "owner": "Owner's representative",
}

SEVERITY_WORDS: Mapping[Severity, str] = {
    "safety": "Safety: can't be conceded",
    "major": "Major: a deviation needs a reviewer's concession",
    "minor": "Minor: may stay on the punch list",
    "info": "For information",
}

EVIDENCE_WORDS: Mapping[Evidence, str] = {
    "check": "Check",
    "choice": "Choice",
    "number": "Reading",
    "text": "Text",
    "table": "Table row",
    "photo": "Photo",
    "serial": "Serial number",
    "signature": "Signature",
    "document": "Document",
    "probe": "Device probe",
}

#: Why an answer replaced an earlier one.
BECAUSE_WORDS: Mapping[str, str] = {
    "mistyped": "the value before was mistyped",
    "repaired": "after a repair",
    "repeated": "done again",
}
