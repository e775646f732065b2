// What core can't do. The code is stable; the sentence for it is the screen's (messages/*/errors.ts).

export type FailureCode =
  | "nobody"
  | "not_here"
  | "other_tab"
  | "other_key"
  | "no_pin"
  | "no_point"
  | "no_jpeg"
  | "no_picture"
  | "bytes_gone";

/** Something failed for a reason that is known by name. */
export class Failure extends Error {
  constructor(
    readonly code: FailureCode,
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}
