/**
 * The states of the live page as a table: state → event → next state. An event that is not listed
 * for a state changes nothing.
 *
 * idle        nothing runs
 * asking      the browser asks for permission to use the microphone
 * connecting  recording, no connection yet
 * listening   connected, nobody speaks
 * speaking    connected, somebody speaks
 * paused      connected, not recording
 * reconnecting the connection broke; recording goes on
 * waiting     the server has no place yet; recording goes on
 * loading     the server's model is not ready yet; recording goes on
 * finishing   recording ended, the last words have not come yet
 */
export const TABLE = {
  idle: { start: "asking" },
  asking: { recording: "connecting", failed: "idle", stop: "idle" },
  connecting: {
    open: "listening",
    broken: "reconnecting",
    full: "waiting",
    loading: "loading",
    stop: "finishing",
    over: "idle",
    pause: "paused",
  },
  listening: {
    speech: "speaking",
    broken: "reconnecting",
    full: "waiting",
    loading: "loading",
    pause: "paused",
    stop: "finishing",
    over: "idle",
  },
  speaking: {
    silence: "listening",
    broken: "reconnecting",
    full: "waiting",
    loading: "loading",
    pause: "paused",
    stop: "finishing",
    over: "idle",
  },
  paused: { resume: "listening", stop: "finishing", over: "idle" },
  reconnecting: {
    open: "listening",
    full: "waiting",
    loading: "loading",
    stop: "finishing",
    over: "idle",
  },
  waiting: {
    open: "listening",
    broken: "reconnecting",
    loading: "loading",
    stop: "finishing",
    over: "idle",
  },
  loading: {
    open: "listening",
    full: "waiting",
    broken: "reconnecting",
    stop: "finishing",
    over: "idle",
  },
  finishing: { over: "idle", stop: "idle" },
};

/** Error code of a refusal → event; all other codes mean `broken`. */
const REFUSALS = { busy: "full", overloaded: "full", not_ready: "loading" };

/** The event for a connection that ended with this code. */
export function refusal(code) {
  return REFUSALS[code] ?? "broken";
}

/** @returns {string} the state after `event`; unchanged if the event is not listed */
export function next(state, event) {
  return TABLE[state][event] ?? state;
}

/** Whether sound is being recorded. */
export function recording(state) {
  return !["idle", "asking", "paused", "finishing"].includes(state);
}
