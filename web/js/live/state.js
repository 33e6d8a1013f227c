/**
 * What the live page is doing, as a table: state → event → next state. An event that a state does
 * not name changes nothing.
 *
 * idle        nothing runs
 * asking      the browser asks the person for the microphone
 * connecting  recording, no connection yet
 * listening   connected, nobody speaks
 * speaking    connected, somebody speaks
 * paused      connected, not recording
 * reconnecting the connection broke; recording goes on
 * waiting     the server has no place yet; recording goes on
 * finishing   recording ended, the last words are on their way
 */
export const TABLE = {
  idle: { start: "asking" },
  asking: { recording: "connecting", failed: "idle", stop: "idle" },
  connecting: {
    open: "listening",
    broken: "reconnecting",
    full: "waiting",
    stop: "finishing",
    over: "idle",
    pause: "paused",
  },
  listening: {
    speech: "speaking",
    broken: "reconnecting",
    full: "waiting",
    pause: "paused",
    stop: "finishing",
    over: "idle",
  },
  speaking: {
    silence: "listening",
    broken: "reconnecting",
    full: "waiting",
    pause: "paused",
    stop: "finishing",
    over: "idle",
  },
  paused: { resume: "listening", stop: "finishing", over: "idle" },
  reconnecting: { open: "listening", full: "waiting", stop: "finishing", over: "idle" },
  waiting: { open: "listening", broken: "reconnecting", stop: "finishing", over: "idle" },
  finishing: { over: "idle", stop: "idle" },
};

/** @returns {string} the state after `event`; the same where the event means nothing there */
export function next(state, event) {
  return TABLE[state][event] ?? state;
}

/** Whether sound is being recorded. */
export function recording(state) {
  return !["idle", "asking", "paused", "finishing"].includes(state);
}
