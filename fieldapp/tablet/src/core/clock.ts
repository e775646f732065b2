// Device time as the contracts want it: ISO 8601 with milliseconds and the zone's offset.

const two = (value: number): string => String(Math.abs(value)).padStart(2, "0");

/** "2026-11-22T09:14:03.120+01:00" */
export function localIso(at: Date = new Date()): string {
  const offset = -at.getTimezoneOffset();
  const shifted = new Date(at.getTime() + offset * 60_000);
  const sign = offset < 0 ? "-" : "+";
  return `${shifted.toISOString().slice(0, 23)}${sign}${two(Math.trunc(offset / 60))}:${two(offset % 60)}`;
}

/** Up to so many seconds two clocks count as alike. */
export const CLOCKS_AGREE_S = 300;

/** A moment of a tablet as the server's clock would have had it, in milliseconds. The twin of checklists/device_time.py. */
export const corrected = (recordedAt: string, clockOffsetS: number | null | undefined): number =>
  Date.parse(recordedAt) - (clockOffsetS ?? 0) * 1000;
