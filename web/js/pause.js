/**
 * Silence in seconds that starts a new paragraph, as in the server's documents, and that gets a line
 * of its own where silences are shown.
 */
export const PAUSE_S = 2;
