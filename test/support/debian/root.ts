import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ExecaError, execa } from "execa";
import { aptMirror, suite } from "./machine.ts";

/** Why no Debian root can be made here; false when it can. In CI it always must. */
export function debianMissing(): string | false {
  if (process.env["CI"]) return false;
  if (process.getuid?.() !== 0) return "a Debian root needs root";
  return existsSync("/usr/sbin/debootstrap") ? false : "debootstrap is not installed";
}

/** A folder for roots. Nothing is mounted in it outside of `Inside`, so it can be removed at any time. */
export class Roots {
  readonly folder = mkdtempSync(join(tmpdir(), "switchboard-debian-"));

  /** Installs a minimal Debian with some more packages. @throws when no mirror can be reached. */
  async install(name: string, packages: readonly string[]): Promise<string> {
    const root = join(this.folder, name);
    const what = ["--variant=minbase", `--include=${packages.join(",")}`, suite, root, aptMirror()];
    try {
      await execa("debootstrap", what, { all: true, timeout: 600_000 });
    } catch (error) {
      const { all } = error as ExecaError<{ all: true }>;
      throw new Error(`debootstrap failed:\n${all.split("\n").slice(-10).join("\n")}`, {
        cause: error,
      });
    }
    // As in Docker's images of Debian: nothing here has to survive a power failure.
    writeFileSync(join(root, "etc/dpkg/dpkg.cfg.d/test"), "force-unsafe-io\n");
    return root;
  }

  /** A copy of a root. */
  async copy(from: string, name: string): Promise<string> {
    const to = join(this.folder, name);
    await execa("cp", ["--archive", "--reflink=auto", from, to]);
    return to;
  }

  /** Removes all of it; a program does that in a fraction of the time it takes here. */
  async remove(): Promise<void> {
    await execa("rm", ["-rf", this.folder]);
  }
}
