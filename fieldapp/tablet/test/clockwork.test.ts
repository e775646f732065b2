import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepSynchronised } from "../src/core/sync";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", Object.assign(new EventTarget(), { setInterval, clearInterval }));
  vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a browser that never tells of the network's return is asked every five seconds, others every twenty", () => {
  const start = vi.fn();
  let offline = true;
  const stop = keepSynchronised(start, () => offline);
  expect(start).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(10_000);
  expect(start).toHaveBeenCalledTimes(3);
  offline = false;
  vi.advanceTimersByTime(10_000);
  expect(start).toHaveBeenCalledTimes(4);
  window.dispatchEvent(new Event("online"));
  expect(start).toHaveBeenCalledTimes(5);
  stop();
  vi.advanceTimersByTime(60_000);
  expect(start).toHaveBeenCalledTimes(5);
});
