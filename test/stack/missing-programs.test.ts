import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "tap";
import { place } from "../support/place.ts";
import { until } from "../support/until.ts";

const opencode = "OPENCODE_BIN cannot be run: ";
const tmux = "tmux is not installed: ";
const curl = "curl is not installed, ";

for (const [name, changes, words, warned = []] of [
  ["opencode", { OPENCODE_BIN: "/nonexistent" }, [opencode]],
  ["opencode, for a server alone", { OPENCODE_BIN: "/nonexistent", DELIVERY: "api" }, [opencode]],
  ["tmux", { OPENCODE_BIN: process.execPath, PATH: "/nonexistent" }, [tmux], [curl]],
  ["tmux and opencode", { PATH: "/nonexistent" }, [opencode, tmux], [curl]],
] as const) {
  test(`without ${name} Switchboard goes on, and says so in one line`, async (t) => {
    const { dir, url, env, listens } = await place(t);
    const child = spawn(process.execPath, [join(import.meta.dirname, "../../src/server.ts")], {
      env: { ...env, DELIVERY: "tmux", LOG_LEVEL: "info", ...changes },
      cwd: dir,
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.teardown(() => child.kill("SIGKILL"));
    const lines: { level: number; msg: string; err?: unknown }[] = [];
    createInterface(child.stdout).on("line", (line) => lines.push(JSON.parse(line)));
    await listens();
    const failures = () => lines.filter(({ msg }) => msg === "opencode cannot be used now");
    await until(async () => (failures().length >= 4 ? true : undefined));

    const response = await fetch(`${url}/readyz`);
    const { missing, warnings = [] } = (await response.json()) as {
      missing: Record<string, string>;
      warnings?: string[];
    };
    const isNamed = (word: string) => Object.values(missing).some((one) => one.startsWith(word));
    t.ok(words.every(isNamed), JSON.stringify(missing));
    const loud = lines.filter(({ level }) => level >= 40).map(({ msg }) => msg);
    const expected = [...words, ...warned];
    t.equal(loud.length, expected.length, loud.join("\n"));
    t.ok(expected.every((word) => loud.some((msg) => msg.startsWith(word))));
    t.equal(warnings.length, warned.length, "what works without is a warning");
    t.same(
      lines.filter(({ err }) => err !== undefined),
      [],
      "no stack",
    );
    const starts = lines.filter(({ msg }) => msg.includes("starting its server"));
    t.same(starts, [], "nothing is started in vain");
    child.kill("SIGTERM");
    t.same(await once(child, "exit"), [0, null]);
  });
}
