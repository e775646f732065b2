// English and German count alike: one, and any other number.

/** "3 entries", "1 entry". */
export const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** "A", "A and B": what there is of parts, with a word between the last two. */
export function joined(parts: readonly string[], word: string): string {
  return parts.filter((part) => part !== "").join(` ${word} `);
}
