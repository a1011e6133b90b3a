import { setTimeout as pause } from "node:timers/promises";
import { test } from "tap";
import { type Check, failed, ok } from "../../../cli/doctor/check.ts";
import { type Context, contextOf } from "../../../cli/doctor/context.ts";
import { failures, jsonOf, lineOf, summary } from "../../../cli/doctor/print.ts";
import { type Report, runChecks } from "../../../cli/doctor/run.ts";
import { token } from "../../support/app.ts";

const context = (): Context => contextOf({ TELEGRAM_BOT_TOKEN: token });
const check = (name: string, run: Check["run"], more: Partial<Check> = {}): Check => ({
  name,
  needs: [],
  run,
  ...more,
});
const shown = (reports: readonly Report[]) => reports.map((report) => lineOf(report, 1));

test("checks run at once, and are shown in their order as soon as they can be", async (t) => {
  const order: string[] = [];
  const { promise: second, resolve } = Promise.withResolvers<void>();
  const a = check("a", async () => {
    await second;
    return ok("first");
  });
  const b = check("b", () => {
    resolve();
    return ok("second");
  });
  const show = ({ name }: Report) => order.push(name);
  t.same(shown(await runChecks([a, b], context(), { show })), ["✓ a  first", "✓ b  second"]);
  t.same(order, ["a", "b"]);
});

test("a check whose need is not met is skipped, and those that need it", async (t) => {
  const never = () => t.fail("it must not run") as never;
  const reports = await runChecks(
    [
      check("a", () => failed("broken: mend it")),
      check("b", never, { needs: ["a"] }),
      check("c", never, { needs: ["b"] }),
      check("d", (_context, before) => ok(`a is ${before.get("a")?.state}`), { after: ["a"] }),
    ],
    context(),
  );
  t.same(shown(reports), [
    "✗ a  broken: mend it",
    "– b  not checked: see a",
    "– c  not checked: see b",
    "✓ d  a is failed",
  ]);
  t.equal(failures(reports), 1);
  t.match(summary(reports), /^1 failed, 1 ok, 2 not checked\./);
});

test("a check that throws has failed, in one line without stack or secret", async (t) => {
  const wrong = check("a", () => {
    throw new Error(`fetch of /bot${token}/getMe\nfailed`);
  });
  const [line = ""] = shown(await runChecks([wrong], context()));
  t.match(
    line,
    /^✗ a {2}this could not be checked \(fetch of \/bot123456789:\[REDACTED\]\/getMe failed\): run/,
  );
  t.notMatch(line, /\n|AAE|run\.test/);
});

test("what a server says cannot control the terminal", async (t) => {
  const said = "Let\u{1b}]0;owned\u{7}'s \u{9b}2J\u{8}\u{7f}\u{202e}Encrypt";
  const wrong = check("b", () => {
    throw new Error(said);
  });
  const reports = await runChecks(
    [check("a", () => ok(`a certificate of ${said}`)), wrong],
    context(),
  );
  for (const line of [...shown(reports), jsonOf(reports).replaceAll("\n", "")])
    t.notMatch(line, /[\p{Cc}\u202e]/u);
  t.equal(shown(reports)[0], "✓ a  a certificate of Let ]0;owned 's 2J Encrypt");
});

test("a check that takes too long has failed, and its signal is aborted", async (t) => {
  let isAborted = false;
  const slow = check(
    "a",
    async (_context, _before, signal) => {
      signal.addEventListener("abort", () => (isAborted = true));
      await pause(60_000, undefined, { signal });
      return ok("never");
    },
    { limitMs: 5 },
  );
  const reports = await runChecks([slow, check("b", () => ok("well"))], context());
  t.match(shown(reports), [/^✗ a {2}no answer within 0\.005 s: .* again\.$/, "✓ b  well"]);
  t.ok(isAborted);
});

test("what checks have made is removed at the end, also when they are interrupted", async (t) => {
  const removed: string[] = [];
  const interrupted = new AbortController();
  const making = check("a", async (given, _before, signal) => {
    given.closers.push(async () => void removed.push("session"));
    given.closers.push(() => Promise.reject(new Error("gone already")));
    setImmediate(() => interrupted.abort());
    await pause(60_000, undefined, { signal });
    return ok("never");
  });
  const { signal } = interrupted;
  const later = check("b", () => ok("never"), { after: ["a"] });
  const reports = await runChecks([making, later], context(), { signal });
  t.same(removed, ["session"]);
  t.same(shown(reports), ["– a  not checked: interrupted", "– b  not checked: interrupted"]);
});

test("what does not apply to the settings is left out", async (t) => {
  const other = check("a", () => ok(""), { applies: () => false });
  const { settings } = contextOf({
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_ALLOWED_CHAT_ID: "1",
    RECEIVE: "pull",
  });
  t.same(await runChecks([other], { ...context(), settings }), []);
});

test("for programs it is one JSON document", async (t) => {
  const reports = await runChecks([check("a", () => failed("broken: mend it"))], context());
  t.match(JSON.parse(jsonOf(reports)), {
    failed: 1,
    checks: [{ name: "a", state: "failed", text: "broken: mend it", ms: Number }],
  });
});
