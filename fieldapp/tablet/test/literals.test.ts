// Words belong into message files: none is left between tags, in attributes that are read out, or in a message.

import { parseSync } from "@babel/core";
import { describe, expect, it } from "vitest";

const FILES = import.meta.glob<string>(["../src/ui/**/*.{ts,tsx}", "../src/main.tsx"], {
  eager: true,
  query: "?raw",
  import: "default",
});
const READ_OUT = /^(aria-label|placeholder|title|alt|label|text|button)$/;
const WORDS = /\p{L}{2,}/u;
const SENTENCE = /\p{Lu}\p{L}+ \p{L}{2,}/u;
/** The product's own name, and the shape of a pairing code. */
const NAMES = new Set(["fieldapp", "XXXX-XXXX-XXXX"]);

interface Node {
  type: string;
  [name: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

/** The texts written in an expression that becomes what is shown; conditions and calls are not shown. */
function shownIn(node: unknown): string[] {
  if (!isNode(node)) return [];
  switch (node.type) {
    case "StringLiteral":
      return [node.value as string];
    case "TemplateLiteral":
      return (node.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked);
    case "ConditionalExpression":
      return [...shownIn(node.consequent), ...shownIn(node.alternate)];
    case "LogicalExpression":
      return [...shownIn(node.left), ...shownIn(node.right)];
    case "BinaryExpression":
      return node.operator === "+" ? [...shownIn(node.left), ...shownIn(node.right)] : [];
    case "JSXExpressionContainer":
      return shownIn(node.expression);
    default:
      return [];
  }
}

function textsAt(node: Node): string[] {
  if (node.type === "JSXText") return [node.value as string];
  if (node.type === "JSXElement" || node.type === "JSXFragment") return (node.children as Node[]).flatMap(shownIn);
  if (node.type === "JSXAttribute" && READ_OUT.test((node.name as { name: string }).name)) return shownIn(node.value);
  if (node.type === "CallExpression" && ["say", "enter"].includes((node.callee as { name?: string }).name ?? ""))
    return (node.arguments as Node[]).flatMap(shownIn).filter((text) => text.includes(" "));
  return shownIn(node).filter((text) => SENTENCE.test(text));
}

function walk(node: unknown, found: Set<string>): void {
  if (Array.isArray(node)) return node.forEach((each) => walk(each, found));
  if (!isNode(node) || node.type === "ImportDeclaration") return;
  for (const text of textsAt(node)) if (WORDS.test(text) && !NAMES.has(text.trim())) found.add(text.trim());
  for (const [name, inner] of Object.entries(node)) if (name !== "loc") walk(inner, found);
}

function literals(source: string): string[] {
  const parserOpts = { plugins: ["typescript", "jsx"] };
  const found = new Set<string>();
  walk(parseSync(source, { configFile: false, babelrc: false, parserOpts })!.program, found);
  return [...found];
}

describe("words in the sources of the screens", () => {
  it("reads all of them", () => expect(Object.keys(FILES).length).toBeGreaterThan(40));

  it.each(Object.entries(FILES))("%s has none", (_file, source) => expect(literals(source)).toEqual([]));

  it.each([
    "<p>Saved here</p>",
    '<p>{busy ? "Saving" : t().save}</p>',
    '<input placeholder="Search" />',
    "<img alt={`Photo of ${name}`} />",
    'say("Handed over.");say("all done")',
    'const words = { text: "Everything is done." };',
  ])("would find those in %s", (source) => expect(literals(source)).not.toEqual([]));
});
