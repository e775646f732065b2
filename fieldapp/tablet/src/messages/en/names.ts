// Names of phases, instruments, competences and states. The first three are the words of checklists/words.py, held to
// them by a test.

/** The phases in the order of work. */
export const SECTIONS = {
  survey: "Survey and permits",
  civil: "Civil and mechanical works",
  inspection: "Inspection",
  dead_tests: "Dead tests",
  energisation: "Energisation",
  live_tests: "Live tests",
  evse_function: "EVSE functions",
  dc_charger: "DC chargers",
  storage_pv: "Storage and PV",
  metering: "Metering",
  communication: "Communication and back office",
  load_management: "Load management",
  power_quality: "Power quality",
  documentation: "Documentation",
  handover: "Handover",
};

/** Classes of instrument. */
export const INSTRUMENTS = {
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
};

/** Who may do it. */
export const COMPETENCES = {
  electrician: "Electrically skilled person (EN 50110-1)",
  tester: "Electrically skilled person competent in inspection and testing (IEC 60364-6, 6.4.1)",
  "person-in-charge": "Nominated person in control of the electrical installation (EN 50110-1)",
  "mv-authorised": "Person authorised for medium-voltage switching",
  civil: "Supervisor of the civil works",
  "maker-trained": "Person trained by the maker of the equipment",
  commissioner: "Commissioning engineer with back-office access",
  engineer: "Responsible electrical engineer",
  owner: "Owner's representative",
};

export const names = {
  sections: SECTIONS,
  instruments: INSTRUMENTS,
  competences: COMPETENCES,
  status: {
    open: "Open",
    passed: "Passed",
    failed: "Failed",
    inconclusive: "Not decided",
    not_applicable: "Not applicable",
    conflict: "Two entries",
    incomplete: "Photo missing",
    returned: "Returned",
    conceded: "Conceded",
    stale: "Do again",
  },
  siteState: {
    open: "Open",
    submitted: "With the reviewer",
    approved: "Approved",
    issued: "Pack issued",
  },
  /** What a choice is called where that is not the word itself: the word is recorded, its name is shown. */
  choices: {} as Readonly<Record<string, string>>,
};
