import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "../../../src/opencode/ids.ts";
import { redoTarget, shownMessages, undoTarget } from "../../../src/opencode/undo.ts";
import { until } from "../../support/until.ts";
import type { Test } from "tap";
import { type ControlStage, script } from "./stage.ts";

/** Undo and redo, in git and outside. */
export async function undo(
  t: Test,
  { client, controls, patience, busy, repo, plain, session, isBusy, turn, stage }: ControlStage,
) {
  for (const [where, directory, before] of [
    ["in git files come back", repo, ["two", "one", undefined, "one", "two"]],
    ["outside git only messages do", plain, ["two", "two", "two", "two", "two"]],
  ] as const) {
    await t.test(`undo goes step by step, and so does redo: ${where}`, async (t) => {
      const ref = await session(directory, "To undo");
      const file = join(directory, "undone.txt");
      const content = () => (existsSync(file) ? readFileSync(file, "utf8") : undefined);
      const one = await turn(ref, "run printf one > undone.txt");
      const two = await turn(ref, "run printf two > undone.txt");
      const seen: (string | undefined)[] = [content()];
      const look = async () => {
        const found = await client.session(ref.sessionId);
        const messages = await controls.allMessages(ref);
        return { found, messages, shown: shownMessages(messages, found).length };
      };
      for (const expected of [two, one]) {
        const { messages, found } = await look();
        const target = undoTarget(messages, found);
        t.equal(target?.messageId, expected);
        t.ok(await controls.revert(ref, target?.messageId ?? ""));
        seen.push(content());
      }
      const { messages, found, shown } = await look();
      t.equal(messages.length, 6, "what is undone stays listed");
      t.equal(shown, 0);
      t.equal(undoTarget(messages, found), undefined);

      const back = redoTarget(messages, found);
      t.match(back, { kind: "revert", messageId: two, text: "run printf two > undone.txt" });
      t.ok(await controls.revert(ref, two));
      seen.push(content());
      const half = await look();
      t.equal(half.shown, 3);
      t.same(redoTarget(half.messages, half.found), { kind: "unrevert" });
      await controls.unrevert(ref);
      seen.push(content());
      t.same(seen, before);
      const whole = await look();
      t.equal(redoTarget(whole.messages, whole.found), undefined);
      t.equal(await controls.revert(ref, newId("msg")), false, "an unknown message");

      await controls.revert(ref, two);
      await turn(ref, "third");
      const after = await look();
      t.notOk(
        after.messages.some(({ info }) => info.id === two),
        "the next prompt deletes what is undone",
      );
      t.equal(await controls.isGit(directory), directory === repo);
    });
  }

  await t.test("undo, redo and shell are refused while busy", async (t) => {
    const ref = await session(plain, "Busy");
    const first = await turn(ref, "first");
    let release = () => {};
    const hold = new Promise<void>((resolve) => (release = resolve));
    stage.model.script = () => ({ text: "late", hold });
    const running = turn(ref, "slow");
    await until(async () => ((await isBusy(ref)) ? true : undefined));
    await t.rejects(controls.revert(ref, first), busy);
    await t.rejects(controls.unrevert(ref), busy);
    const run = { agent: "build", command: "echo x" };
    await t.rejects(controls.shell(ref, run, patience), busy);
    release();
    await running;
    stage.model.script = script;
  });
}
