// Web Locks across tabs. Without them (very old browsers, tests) the database's own checks still hold.

/** Run while holding a named lock. */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (globalThis.navigator?.locks === undefined) return work();
  return (await navigator.locks.request(name, work)) as T;
}

/** Run only when nobody else holds the lock; undefined when somebody does. */
export async function ifFree<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
  if (globalThis.navigator?.locks === undefined) return work();
  return (await navigator.locks.request(name, { ifAvailable: true }, async (lock) =>
    lock === null ? undefined : work(),
  )) as T | undefined;
}
