import { type ChildProcess, spawn } from "node:child_process";

/** What has to be gone when the process that started it is. */
export interface Guarded {
  /** A folder of the stage's own. */
  home: string;
  /** The name of its tmux server and where that has its socket. */
  socketName: string;
  socket: string;
  /** Where tmux is found. */
  path: string;
}

// Reads process ids, each in the place of the one before, until nobody can write any more.
const script = `
while read -r pid; do last=$pid; done
[ -n "\${last-}" ] && kill -9 "$last"
tmux -L "$1" kill-server
rm -f "$2"
for _ in 1 2 3 4 5; do rm -rf "$3"; sleep 1; [ -e "$3" ] || break; done
`;

/**
 * A process in a session of its own that outlives this one, however this one ends (a closed window, a
 * kill), and then ends what was started and removes the folder.
 */
export class Guard {
  #shell: ChildProcess;

  constructor({ home, socketName, socket, path }: Guarded) {
    this.#shell = spawn("sh", ["-c", script, "sh", socketName, socket, home], {
      cwd: "/",
      env: { PATH: path },
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#shell.on("error", () => undefined);
    this.#shell.stdin?.on("error", () => undefined);
    this.#shell.unref();
  }

  /** Has this process killed at the end; none any more when undefined. */
  watch(pid: number | undefined): void {
    this.#shell.stdin?.write(`${pid ?? ""}\n`);
  }

  /** All is ended already, and the guard ends too. */
  dismiss(): void {
    this.#shell.stdin?.end();
  }
}
