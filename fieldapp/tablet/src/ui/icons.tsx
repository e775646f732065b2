// Line icons, 24 × 24. Decoration only: the word beside an icon carries the meaning.

const PATHS = {
  check: "M4 12.5l5.5 5.5L20 7",
  cross: "M6 6l12 12M18 6L6 18",
  circle: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16",
  dash: "M5 12h14",
  question: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 18h.01",
  fork: "M6 4v5c0 3 6 3 6 6v5M18 4v5c0 3-6 3-6 6",
  camera: "M4 8h4l1.5-2h5L16 8h4v11H4zM12 10.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  back: "M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  down: "M5 9l7 7 7-7",
  sync: "M20 11a8 8 0 0 0-14.5-4L3 9.5M3 4v5.5h5.5M4 13a8 8 0 0 0 14.5 4l2.5-2.5M21 20v-5.5h-5.5",
  cloud: "M7 18h10a4 4 0 0 0 .6-7.95A6 6 0 0 0 6 9.5 4.3 4.3 0 0 0 7 18M9 13l2.2 2.2L15 11.5",
  offline:
    "M4 4l16 16M8 8a5.8 5.8 0 0 0-2 1.5A4.3 4.3 0 0 0 7 18h10M12 6a6 6 0 0 1 5.6 4.05A4 4 0 0 1 20.5 16",
  tablet: "M6 3h12v18H6zM11 18h2",
  warning: "M12 4L2.5 20h19zM12 10v4.5M12 17.5h.01",
  shield: "M12 3l7.5 3v5.5c0 5-3.2 8-7.5 9.5-4.3-1.5-7.5-4.5-7.5-9.5V6z",
  pen: "M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5l3.5 3.5",
  note: "M5 4h14v11l-5 5H5zM14 20v-5h5M8.5 9h7M8.5 12.5h4",
  download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  send: "M12 20V6M6 11.5L12 5.5l6 6",
  drawing: "M3 5h5v5H3zM16 5h5v5h-5zM9.5 15h5v5h-5zM5.5 10v2.5h13V10M12 12.5V15",
  door: "M13 4H5v16h8M10 12h11M17.5 8.5L21 12l-3.5 3.5",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2.5",
  people:
    "M9 5a3.2 3.2 0 1 0 0 6.4A3.2 3.2 0 0 0 9 5M3 19.5c.4-3.4 2.8-5.2 6-5.2s5.6 1.8 6 5.2M15.5 5.3a3.2 3.2 0 0 1 0 5.9M17 14.6c2.4.6 3.7 2.3 4 4.9",
  erase: "M9 5h12v14H9L3 12zM12.5 9.5l5 5M17.5 9.5l-5 5",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v4.5l3 2",
} as const;

export type IconName = keyof typeof PATHS;

/** One icon; hidden from screen readers. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The bolt of the house. */
export function Bolt() {
  return (
    <svg class="bolt" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M18 4 8 18h7l-2 10 11-15h-7.5z" />
    </svg>
  );
}
