// What went wrong. Core gives a code, here is its sentence.

export const errors = {
  something: "Something went wrong; nothing was lost.",
  notSaved: (why: string): string => `NOT saved: ${why}`,
  noWorker: "This browser can't start the tablet without network.",
  cantKeep: (why: string): string => `This browser can't keep work on this tablet: ${why}`,
  codes: {
    not_reached: "The server can't be reached.",
    cut_off: "The server's answer was cut off.",
    nobody: "Nobody is signed in.",
    not_here: "This site is not on this tablet.",
    other_tab: "Another tab is writing all the time: close it and try again.",
    other_key: "The server names this tablet's key differently: nothing was stored.",
    no_pin: "There is no PIN of this person here.",
    no_point: "The browser made a key without a point.",
    no_jpeg: "The photo could not be turned into a JPEG.",
    no_picture: "This file is not a picture that the tablet can read.",
    bytes_gone: "The bytes of a photo are gone from this tablet.",
  },
};
