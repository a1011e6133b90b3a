import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type ExecaError, execa } from "execa";

/** How a program is run inside. */
export interface RunOptions {
  /** Default root. */
  user?: string;
  /** Default `/`. */
  cwd?: string;
  /** All that the program finds in its environment, but for PATH and HOME where they are not given. */
  env?: Readonly<Record<string, string>>;
  /** Default 5 minutes. */
  timeoutMs?: number;
}

/** What of the machine a root sees. */
export interface InsideOptions {
  root: string;
  /** The machine's network, one of its own that has only loopback, or that of another. */
  network: "machine" | "loopback" | Inside;
  /** Folders that appear in the root at these paths. */
  volumes?: Readonly<Record<string, string>>;
  /** What runs as process 1, and ends everything when it ends. A reaper unless told. */
  init?: readonly string[];
  /** How `init` is run. */
  run?: RunOptions;
}

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Mounts are seen in here only, and gone with the last process: nothing is left to unmount.
const setUp = `
set -eu
root=$1 network=$2 volumes=$3
shift 3
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
while [ "$volumes" -gt 0 ]; do
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  shift 2
  volumes=$((volumes - 1))
done
[ "$network" != loopback ] || ip link set lo up
echo Inside.
exec "$@"
`;
// Process 1 takes over what daemons leave behind.
const reaper = ["bash", "-c", "sleep infinity & while :; do wait; done"];

/**
 * A Debian root with /proc, /dev and terminals, as namespaces of its own: processes, mounts and, unless
 * told otherwise, the network. All that runs in it ends with `end`, or when this process is gone.
 */
export class Inside {
  readonly root: string;
  #init: ChildProcessWithoutNullStreams;
  #pid = 0;
  #output: string[] = [];
  #ended: Promise<unknown>;

  private constructor(root: string, words: readonly string[]) {
    this.root = root;
    this.#init = spawn("setpriv", words, { env: { PATH: path } });
    this.#ended = once(this.#init, "exit");
    for (const stream of [this.#init.stdout, this.#init.stderr]) {
      stream.on("data", (chunk: Buffer) => this.#output.push(chunk.toString("utf8")));
    }
  }

  /** Rejects where the kernel does not allow it. */
  static async enter(options: InsideOptions): Promise<Inside> {
    const { root, network, volumes = {}, init, run = {} } = options;
    const binds = Object.entries(volumes).flatMap(([at, folder]) => [folder, at]);
    const shared = network instanceof Inside ? network.#join("--net") : [];
    const own = network === "loopback" ? ["--net"] : [];
    const isolate = ["unshare", "--mount", "--pid", ...own, "--fork", "--kill-child"];
    const kind = typeof network === "string" ? network : "shared";
    const prepare = ["sh", "-c", setUp, "sh", root, kind, String(binds.length / 2), ...binds];
    const first = init ? chrooted(root, init, run) : reaper;
    const words = ["--pdeathsig", "KILL", ...shared, ...isolate, ...prepare, ...first];
    const inside = new Inside(root, words);
    await Promise.race([once(inside.#init.stdout, "data"), inside.#ended]);
    const child = childOf(inside.#init.pid ?? 0);
    if (child === undefined) throw new Error(`no namespaces here: ${inside.output}`);
    inside.#pid = child;
    return inside;
  }

  /** What process 1 has printed. */
  get output(): string {
    return this.#output.join("");
  }

  /** Runs a program in the root; resolves to what it printed. @throws StepFailed unless it ends with 0. */
  async run(words: readonly string[], options: RunOptions = {}): Promise<string> {
    const [nsenter = "", ...entered] = this.#join("--mount", "--pid", "--net");
    const inside = [...entered, ...chrooted(this.root, words, options)];
    try {
      const done = await execa(nsenter, inside, {
        all: true,
        timeout: options.timeoutMs ?? 300_000,
        env: { PATH: path },
        extendEnv: false,
        stdin: "ignore",
      });
      return done.all;
    } catch (error) {
      const { all, exitCode } = error as ExecaError<{ all: true }>;
      const last = all.split("\n").slice(-40).join("\n");
      throw new StepFailed(`${words.at(-1)} ended with ${exitCode ?? "a signal"}:\n${last}`);
    }
  }

  /** Starts a program of the machine in the network of the root; it ends with this process at the latest. */
  beside(
    words: readonly string[],
    env: Readonly<Record<string, string>>,
  ): ChildProcessWithoutNullStreams {
    return spawn("setpriv", ["--pdeathsig", "KILL", ...this.#join("--net"), ...words], {
      env: { PATH: process.env["PATH"] ?? path, ...env },
    });
  }

  /** Sends a signal to process 1, and resolves when all of it has ended. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    process.kill(this.#pid, signal);
    await this.#ended;
  }

  /** Ends everything at once. */
  async end(): Promise<void> {
    this.#init.kill("SIGKILL");
    await this.#ended;
  }

  #join(...namespaces: string[]): string[] {
    return ["nsenter", "--target", String(this.#pid), ...namespaces];
  }
}

/** A program inside did not end with 0; the message has the last lines of what it printed. */
export class StepFailed extends Error {}

function chrooted(root: string, words: readonly string[], options: RunOptions): string[] {
  const { user = "root", cwd = "/", env = {} } = options;
  const home = user === "root" ? "/root" : `/home/${user}`;
  const all = { PATH: path, HOME: home, ...env };
  const settings = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  const go = 'cd "$1" && shift && exec "$@"';
  const inside = ["env", "-i", ...settings, "sh", "-c", go, "sh", cwd, ...words];
  return ["chroot", `--userspec=${user}`, root, ...inside];
}

/** The process that `unshare` runs, which is process 1 inside. */
function childOf(pid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return children === "" ? undefined : Number(children.split(" ")[0]);
  } catch {
    return undefined;
  }
}
