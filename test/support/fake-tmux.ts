import type { TmuxServer } from "../../src/tmux/tmux.ts";
import { TmuxError } from "../../src/tmux/tmux-error.ts";

/** A tmux server without sessions; it notes what it was asked to start. */
export function fakeTmux(did: string[] = []): { tmux: TmuxServer; did: string[] } {
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
    async styledLook() {
      throw new TmuxError("gone", "no pane");
    },
    async lookBack() {
      throw new TmuxError("gone", "no pane");
    },
    paste: async (_pane, text) => void did.push(`pasted ${text}`),
    keys: async () => undefined,
    press: async (_pane, key) => void did.push(`pressed ${key}`),
    leaveMode: async () => undefined,
    killServer: async () => undefined,
  };
  return { tmux, did };
}
