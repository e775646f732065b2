// The list of sites, and the card "This tablet".

export const tablet = {
  mySites: "My sites",
  notHereYet: "Not on this tablet yet",
  download: "Download",
  downloading: "Downloading …",
  here: "On this tablet",
  hereAsOf: (when: string): string => `On this tablet, as of ${when}`,
  open: "Open",
  noSite: "No site is assigned to your organisation yet.",
  noneHere: "No site is on this tablet. Go where there is network to download one.",
  title: "This tablet",
  lock: "Lock",
  somebodyElse: "Somebody else works",
  changePin: "Change my PIN",
  signOut: "Sign out",
  signOutWaits: "Sign out, it waits here",
  stay: "Stay",
  allReached: "Everything you recorded has reached the server.",
  notSent: (what: string): string => `Not sent yet: ${what}.`,
  sentLater: "It stays on this tablet and is sent when you sign in here again.",
  comingBack: "Coming back takes your password and the network.",
  lockAfter: "Lock when nobody touches it for",
  minutes: (count: number): string => `${count} minutes`,
  signedIn: (name: string): string =>
    `Signed in: ${name}. What is typed when the tablet locks is still there when you unlock it.`,
};
