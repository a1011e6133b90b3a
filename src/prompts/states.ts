/** A condition for prompts that have not ended. */
export const open =
  "(state = 'receiving' OR state = 'queued' OR state = 'delivering' OR state = 'running')";
// Each of these has an index of its own, which SQLite uses only where its very words are repeated.
/** A condition for prompts that opencode is given or has. */
export const atWork = "state IN ('delivering', 'running')";
/** A condition for prompts that nothing was done with yet. */
export const notBegun = "state IN ('receiving', 'queued')";
/** A condition for prompts whose agent no operator holds back. */
export const notHeld = "agent NOT IN (SELECT agent FROM prompt_lanes WHERE held != 0)";
