import type { TmuxServer } from "../../src/tmux/tmux.ts";
import { TmuxError } from "../../src/tmux/tmux-error.ts";

/** A tmux server without sessions; it notes what it was asked to start. */
export function fakeTmux(): { tmux: TmuxServer; did: string[] } {
  const did: string[] = [];
  const tmux: TmuxServer = {
    socketName: "switchboard",
    async newSession({ name }) {
      did.push(`new ${name}`);
      return "%1";
    },
    listSessions: async () => [],
    killSession: async () => false,
    renameSession: async () => false,
    pane: async () => undefined,
    respawn: async (paneId) => void did.push(`respawn ${paneId}`),
    unsetGlobal: async () => undefined,
    async look() {
      throw new TmuxError("gone", "no pane");
    },
    paste: async () => undefined,
    keys: async () => undefined,
    leaveMode: async () => undefined,
    killServer: async () => undefined,
  };
  return { tmux, did };
}
