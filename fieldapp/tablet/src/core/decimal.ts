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

/** A number times a power of ten, as a decimal string. */
export function timesTen(text: string, power: number): string {
  const { negative, whole, fraction } = parts(text);
  const digits = (whole + fraction).padStart(Math.max(0, -power) + 1 + fraction.length, "0");
  const padded = digits + "0".repeat(Math.max(0, power - fraction.length));
  const point = padded.length - Math.max(0, fraction.length - power);
  const rest = padded.slice(point);
  const plain = (padded.slice(0, point) || "0") + (rest === "" ? "" : `.${rest}`);
  return negative ? `-${plain}` : plain;
}

/** `left` plus or minus half of `right`. */
export function plusHalf(left: string, right: string, sign: 1 | -1): string {
  const scale = Math.max(parts(left).fraction.length, parts(right).fraction.length) + 1;
  const half = scaled(right, scale) / 2n;
  const sum = scaled(left, scale) + (sign === 1 ? half : -half);
  const digits = (sum < 0n ? -sum : sum).toString().padStart(scale + 1, "0");
  return `${sum < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Power of ten of the last digit that counts: trailing zeros behind the point are none; at most 0. */
export function lastDigit(text: string): number {
  return -parts(text).fraction.replace(/0+$/, "").length;
}

/** True when the number is a whole number of steps; a step is above zero. */
export function isMultipleOf(text: string, step: string): boolean {
  const scale = Math.max(parts(text).fraction.length, parts(step).fraction.length);
  return scaled(text, scale) % scaled(step, scale) === 0n;
}
