/** A condition for prompts that have not ended. */
export const open = "state IN ('receiving', 'queued', 'delivering', 'running')";
// Each of these has an index of its own, which SQLite uses only where its very words are repeated.
/** A condition for prompts that opencode is given or has. */
export const atWork = "state IN ('delivering', 'running')";
/** A condition for prompts that nothing was done with yet. */
export const notBegun = "state IN ('receiving', 'queued')";
/** A condition for prompts whose agent is not held back by an operator; of its table `prompts`. */
export const notHeld = `NOT EXISTS (
  SELECT 1 FROM prompt_lanes WHERE prompt_lanes.agent = prompts.agent AND held != 0)`;
