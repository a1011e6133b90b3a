import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { OpencodeRefused, OpencodeUnreachable } from "../../../src/opencode/errors.ts";
import { newId } from "../../../src/opencode/ids.ts";
import { lastTool } from "../../../src/opencode/last-tool.ts";
import { carriedCommand, shellResult } from "../../../src/opencode/shell-command.ts";
import { until } from "../../support/until.ts";
import type { Test } from "tap";
import { type ControlStage, script } from "./stage.ts";

/** Commands of opencode, and of the shell. */
export async function runs(
  t: Test,
  { client, controls, patience, plain, session, isBusy, rests, stage }: ControlStage,
) {
  await t.test("commands run with arguments, and run shell also from those", async (t) => {
    const ref = await session(plain, "Commands");
    const messageId = newId("msg");
    const last = await controls.runCommand(
      ref,
      { command: "greet", arguments: "the 'whole' world", messageId, agent: "build" },
      patience,
    );
    t.match(last.info, { role: "assistant", parentID: messageId });
    const asked = () => stage.model.requests.at(-1)?.prompt;
    t.equal(asked(), "Greet the 'whole' world");
    await controls.runCommand(ref, { command: "made", arguments: "" }, patience);
    t.match(asked(), /It is made by a shell\s+now/);
    await controls.runCommand(ref, { command: "greet", arguments: "!`echo $((40+2))`" }, patience);
    t.match(asked(), /^Greet 42\s*$/);
    await t.rejects(controls.runCommand(ref, { command: "nope", arguments: "" }, patience), {
      name: "OpencodeRefused",
      status: 500,
    });
    const bad = { command: "greet", arguments: "", model: "stub/none" };
    await t.rejects(controls.runCommand(ref, bad, patience), OpencodeRefused);
    const again = { command: "greet", arguments: "again", messageId: newId("msg") };
    await controls.runCommand(ref, again, patience);
    await controls.runCommand(ref, again, patience);
    const times = stage.model.requests.filter(({ prompt }) => prompt.includes("Greet again"));
    t.equal(times.length, 1, "one run for one id");
    const doubled = await client.message(ref.sessionId, again.messageId);
    t.equal(doubled?.parts.length, 2, "but its text twice");

    let release = () => {};
    const hold = new Promise<void>((resolve) => (release = resolve));
    stage.model.script = () => ({ text: "late", hold });
    const impatient = { timeoutMs: 700 };
    const slow = { command: "greet", arguments: "slowly", messageId: newId("msg") };
    await t.rejects(controls.runCommand(ref, slow, impatient), OpencodeUnreachable);
    t.ok(await isBusy(ref), "the turn goes on");
    release();
    await rests(ref);
    stage.model.script = script;
    const end = (await client.messages(ref.sessionId, 1))[0];
    t.match(end?.info, { parentID: slow.messageId, finish: "stop" });
  });

  await t.test("a shell command prints, fails, and is stopped", async (t) => {
    const ref = await session(plain, "Shell");
    const shell = (command: string) =>
      controls.shell(ref, { agent: "build", command }, patience).then(shellResult);
    const loop = "for i in a 'b c'; do\n  echo \"$i: `echo \\\\`\"\ndone";
    t.same(await shell("echo out; echo err >&2"), { output: "out\nerr\n", exitCode: undefined });
    t.match((await shell(loop)).output, /syntax error/, "line breaks are lost");
    const early = { output: "x y\n", exitCode: undefined };
    t.same(await shell("echo x y | awk '{print $2}'"), early, "$2 is expanded too early");

    const carried = (command: string) => shell(carriedCommand(command));
    t.same(await carried(loop), { output: "a: \\\nb c: \\\n", exitCode: 0 });
    t.same(await carried("echo x y | awk '{print $2}'"), { output: "y\n", exitCode: 0 });
    t.same(await carried("echo it\\'s; exit 3"), { output: "it's\n", exitCode: 3 });
    t.match(await carried("if"), { output: /yntax/, exitCode: 2 });
    t.same(await carried("cat; pwd # $(touch no.txt) `touch no.txt`"), {
      output: `${plain}\n`,
      exitCode: 0,
    });
    t.notOk(existsSync(join(plain, "no.txt")));
    t.match(lastTool(await controls.allMessages(ref)), {
      tool: "bash",
      subject: "cat; pwd # $(touch no.txt) `touch no.txt`",
    });

    const leave = new AbortController();
    const run = {
      agent: "build",
      command: carriedCommand("echo $$ > pid.txt; echo began; exec sleep 60"),
    };
    const left = controls.shell(ref, run, { ...patience, signal: leave.signal });
    left.catch(() => undefined);
    await until(async () => {
      const [newest] = await client.messages(ref.sessionId, 1);
      const [part] = newest?.parts ?? [];
      if (part?.type !== "tool" || part.state.status !== "running") return undefined;
      return part.state.metadata?.["output"] === "began\n" ? true : undefined;
    });
    leave.abort();
    await t.rejects(left, OpencodeUnreachable);
    t.ok(await isBusy(ref), "the command goes on");
    const stopped = Date.now();
    await client.abort(ref.sessionId, plain);
    await rests(ref);
    t.ok(Date.now() - stopped < 10_000);
    const pid = Number(readFileSync(join(plain, "pid.txt"), "utf8"));
    await until(() => (lives(pid) ? undefined : true));
    const [newest] = await client.messages(ref.sessionId, 1);
    const [part] = newest?.parts ?? [];
    const printed = part?.type === "tool" && part.state.status === "completed" && part.state.output;
    t.match(printed, /began[^]*User aborted the command/);
    t.same(shellResult(String(printed)).exitCode, undefined);

    const wrong = { agent: "nobody", command: "echo x" };
    await t.rejects(controls.shell(ref, wrong, patience), OpencodeRefused);
    await rests(ref);
  });
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
