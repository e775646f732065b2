// The values that travel, as docs/contracts/README.md fixes them. Types only: no behaviour here.

export type Section =
  | "survey"
  | "civil"
  | "inspection"
  | "dead_tests"
  | "energisation"
  | "live_tests"
  | "evse_function"
  | "dc_charger"
  | "storage_pv"
  | "metering"
  | "communication"
  | "load_management"
  | "power_quality"
  | "documentation"
  | "handover";

export type Evidence =
  | "check"
  | "choice"
  | "number"
  | "text"
  | "table"
  | "photo"
  | "serial"
  | "signature"
  | "document"
  | "probe";

export type Severity = "safety" | "major" | "minor" | "info";

export type CriterionKind =
  "range" | "equals" | "one_of" | "present" | "photo" | "signature" | "probe" | "document" | "table";

export type VerdictWord = "pass" | "fail" | "inconclusive" | "none";

export type OperationKind = 
  "answer" | "not_applicable" | "retract" | "photo" | "note" | "signature" | "deviation";

export type ItemStatus =
  | "open"
  | "passed"
  | "failed"
  | "inconclusive"
  | "not_applicable"
  | "conflict"
  | "incomplete"
  | "returned"
  | "conceded"
  | "stale";

/** Keys that have their default value may be left out on the wire. */
export interface Criterion {
  kind: CriterionKind;
  minimum?: string | null;
  maximum?: string | null;
  unit?: string;
  values?: string[];
  count?: number;
  aspect?: string;
  choices?: string[];
  expires?: "" | "required" | "optional";
  columns?: Column[];
}

/** One column of a table row; its criterion is never another table. */
export interface Column {
  id: string;
  title: string;
  criterion: Criterion;
  optional?: boolean;
}

/** What was entered in one column. */
export interface Cell {
  column: string;
  raw: string;
  decimal?: string | null;
  unit?: string;
  bound?: "" | "above" | "below";
}

/** `cells` belong to a table, `expires` to a document; both are left out while empty. */
export interface Value {
  type: "measured" | "choice" | "text" | "table" | "document";
  raw: string;
  decimal?: string | null;
  unit?: string;
  bound?: "" | "above" | "below";
  cells?: Cell[];
  expires?: string;
}

export interface Judgement {
  verdict: VerdictWord;
  reason: string;
}

export interface Item {
  key: string;
  step: string;
  tag: string;
  section: Section;
  title: string;
  instruction: string;
  criterion: Criterion;
  limit_text: string;
  limit_source: string;
  clause: string;
  safety: boolean;
  photos: number;
  instrument: string | null;
  requires: string[];
  // Checklists that were generated before these existed come without them.
  number?: string;
  evidence?: Evidence;
  severity?: Severity;
  stops_work?: boolean;
  who?: string;
  minutes?: number;
  repeats?: string[];
  method?: string | null;
  expect?: Expectation | null;
  varies?: boolean;
}

/** What a reading can be, as decimal strings: outside least to most impossible, outside low to high unusual. */
export interface Expectation {
  source: string;
  value: string | null;
  low: string | null;
  high: string | null;
  least: string | null;
  most: string | null;
}

/** A method statement; `picture` is SVG text, "" without one. */
export interface Method {
  id: string;
  title: string;
  safely: string[];
  tools: string[];
  steps: string[];
  source: string;
  picture: string;
}

export interface Checklist {
  id: string;
  template: string;
  template_digest: string;
  revision: number;
  section: Section;
  title: string;
  items: Item[];
  methods?: Method[];
}

export type Stroke = [number, number][];

export interface OperationBody {
  value?: Value;
  instrument?: string;
  because?: "mistyped" | "repaired" | "repeated";
  reason?: string;
  sha256?: string;
  size?: number;
  media_type?: string;
  caption?: string;
  text?: string;
  statement?: string;
  name?: string;
  digest?: string;
  strokes?: Stroke[];
}

/** The body of a deviation: what stands there in plain words, and why. */
export interface DeviationBody {
  tag: string;
  property: string;
  value: string;
  reason: string;
}

export interface Operation {
  schema: 1;
  id: string;
  site: string;
  item: string;
  kind: OperationKind;
  body: OperationBody;
  base: string[];
  tablet: string;
  key: string;
  seq: number;
  recorded_at: string;
  revision?: number; // of the site, as the author saw it; a first revision is not named
}

export interface Person {
  id: string;
  name: string;
}

/** An accepted operation as the server hands it out. */
export interface KeptOperation {
  op: Operation;
  author: Person;
  number: number;
  received_at: string;
  clock_offset_s?: number | null; // tablet minus server when it was sent; null: the server could not tell
  adopted_by?: string; // the reviewer who let it in after it had been set apart
}

/** From where on what is recorded at an item counts. */
export interface Since {
  number: number;
  revision: number;
  reason: string;
}

export interface ReviewMark {
  item: string;
  kind: "returned" | "conceded" | "not_applicable_accepted";
  heads: string[];
  comment: string;
  by: string;
  at: string;
  number: number;
}

export interface ProbeOutcome {
  tag: string;
  aspect: string;
  verdict: "pass" | "fail" | "inconclusive";
  reason: string;
  run: string;
  number: number;
}

export interface ItemState {
  item: string;
  status: ItemStatus;
  heads: string[];
  value: Value | null;
  judgement: Judgement;
  author: string | null;
  instrument: string | null;
  recorded_at: string | null;
  photos: string[];
  missing_photos: string[];
  notes: string[];
  attempts: number;
  comment: string;
  reason: string;
  accepted: boolean;
}

export interface Instrument {
  id: string;
  kind: string;
  make: string;
  model: string;
  serial: string;
  calibration_due: string | null;
  calibrations?: Calibration[];
  ranges?: MeasuringRange[];
}

/** A certificate: first and last day on which it holds. */
export interface Calibration {
  since: string;
  until: string;
}

/** What an instrument can show in one unit; null where it is not known. */
export interface MeasuringRange {
  unit: string;
  lowest: string | null;
  highest: string | null;
  resolution: string | null;
}

export interface SiteSummary {
  id: string;
  name: string;
  address: string;
  state: string;
  done: number;
  total: number;
}

export interface JournalHead {
  number: number;
  hash: string;
}

export interface Choice {
  value: string;
  title: string;
}

/** Something that can differ from the drawing; `choices` are offered, other text is taken too. */
export interface DeviationProperty {
  property: string;
  title: string;
  unit: string;
  choices: Choice[];
  classes: string[]; // of equipment that can stand there
}

/** A tag of the site with what can differ at it and what the drawing says. */
export interface DeviationTag {
  tag: string;
  title: string;
  near: string[];
  equipment_class: string;
  values: Record<string, string>;
}

/** A recorded deviation and what became of it. */
export interface Proposal {
  id: string;
  item: string;
  tag: string;
  property: string;
  value: string;
  reason: string;
  status: "open" | "accepted" | "refused";
  comment: string;
}

/** Some stations of a site that are submitted and approved before the rest. */
export interface SiteSection {
  id: string;
  title: string;
  tags: string[];
  state: "open" | "submitted" | "approved";
}

export interface Bundle {
  schema: 1;
  protocol: number;
  site: { id: string; name: string; address: string; timezone: string; state: string; revision?: number };
  design: { id: string; revision: number | string; title: string };
  one_line_svg: string;
  checklists: Checklist[];
  operations: KeptOperation[];
  marks: ReviewMark[];
  probe_outcomes: ProbeOutcome[];
  present_objects: string[];
  refused_objects?: string[]; // absent in bundles that an earlier version kept
  states: Record<string, ItemState>;
  instruments: Instrument[];
  people: Person[];
  journal: JournalHead;
  server_time: string;
  revision_digest?: string; // of the site: what a signature is made on
  sections?: SiteSection[];
  since?: Record<string, Since>;
  deviations?: {
    properties: DeviationProperty[];
    tags: DeviationTag[];
    equipment: Record<string, Choice[]>;
  };
  proposals?: Proposal[];
}

export interface JournalEntry {
  schema: 1;
  site: string;
  number: number;
  type: string;
  body: Record<string, unknown>;
  author: string | null;
  recorded_at: string;
  received_at: string;
  previous: string;
  hash: string;
}

export type ResultStatus = "applied" | "duplicate" | "conflict" | "pending" | "rejected" | "quarantined";

export interface SyncResult {
  id: string;
  status: ResultStatus;
  reason?: string | null;
  number?: number | null;
}

/** First and last of the sequence numbers that are missing between others. */
export type Gap = [number, number];

/** What the server has of one person on one tablet, told with every push. */
export interface PushReceipt {
  contiguous: number;
  gaps: Gap[];
  held: number;
}

export interface Pushed {
  results: SyncResult[];
  server_time: string;
  receipt?: PushReceipt;
  clock_offset_s?: number | null;
}

export interface Receipts {
  tablet: string;
  person: string;
  contiguous: number;
  gaps?: Gap[]; // absent in receipts that an earlier version kept
  held: string[];
  missing_objects: string[];
  refused_objects?: { sha256: string; reason: string }[]; // absent in receipts that an earlier version kept
  journal_heads: { site: string; number: number; hash: string }[];
  server_time: string;
}
