/** What test/literals.test.ts needs of Babel, which brings no types. */
declare module "@babel/core" {
  export function parseSync(source: string, options: object): { program: unknown } | null;
}
