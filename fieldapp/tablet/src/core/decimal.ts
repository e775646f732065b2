// Exact comparison of decimal strings. Floating point would move limits: 0.1 + 0.2 is not 0.3.

const DECIMAL = /^(-?)([0-9]+)(?:\.([0-9]+))?$/;

function parts(text: string): { negative: boolean; whole: string; fraction: string } {
  const match = DECIMAL.exec(text);
  if (match === null) throw new RangeError(`“${text}” is not a decimal string.`);
  return { negative: match[1] === "-", whole: match[2]!, fraction: match[3] ?? "" };
}

function scaled(text: string, scale: number): bigint {
  const { negative, whole, fraction } = parts(text);
  const magnitude = BigInt(whole + fraction.padEnd(scale, "0"));
  return negative ? -magnitude : magnitude;
}

/** Negative, zero or positive, like a sort function. */
export function compareDecimals(left: string, right: string): number {
  const scale = Math.max(parts(left).fraction.length, parts(right).fraction.length);
  const difference = scaled(left, scale) - scaled(right, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** True when the number is a whole number of steps; a step is above zero. */
export function isMultipleOf(text: string, step: string): boolean {
  const scale = Math.max(parts(text).fraction.length, parts(step).fraction.length);
  return scaled(text, scale) % scaled(step, scale) === 0n;
}
