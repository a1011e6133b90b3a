import { test } from "tap";
import { checks } from "../../../cli/doctor/checks.ts";
import type { Report } from "../../../cli/doctor/run.ts";
import { opensslMissing } from "../../support/certificates.ts";
import { DoctorWorld } from "../../support/doctor-world.ts";
import { ofMachine } from "./breakages/machine.ts";
import { ofOpencode } from "./breakages/opencode.ts";
import { ofTheWay, pulls } from "./breakages/telegram.ts";

const skip = opensslMissing();

const breakages = [...ofMachine, ...ofOpencode, ...ofTheWay];

test("on a machine where all is well every check says so", { skip }, async (t) => {
  const world = await DoctorWorld.start(t);
  const names = checks.map(({ name }) => name);
  const webhook = await world.examine();
  t.same(notOk(webhook), []);
  t.same(
    webhook.map(({ name }) => name),
    names.filter((name) => name !== "feeder"),
  );

  await pulls(world, { until: Date.now() + 60_000 });
  const pull = await world.examine();
  t.same(notOk(pull), []);
  t.same(
    pull.map(({ name }) => name),
    names.filter((name) => !publicChecks.has(name)),
    "without a public address nothing of it is checked",
  );
});

test(
  "each part that is broken has its ✗ with the remedy, and neither stack nor secret",
  { skip },
  async (t) => {
    const world = await DoctorWorld.start(t);
    for (const [what, check, says, breaks] of breakages) {
      await world.heal();
      await breaks(world);
      // The others cost the handshakes of TLS.
      const isPublic = publicChecks.has(check);
      const found = await world.examine(
        isPublic ? checks : checks.filter(({ name }) => !publicChecks.has(name)),
      );
      const wrong = found.filter(({ state }) => state === "failed");
      t.same(
        wrong.map(({ name }) => name),
        [check],
        what,
      );
      t.match(wrong[0]?.text, says, what);
      const lines = found.map(({ text }) => text);
      t.notOk(
        lines.some((line) => /\n|\bat \S+ \(|\.ts:\d/.test(line)),
        `${what}: no stack`,
      );
      t.notMatch(lines.join(" "), /password-of-the|AA[EF]fake|key=secret/, `${what}: no secret`);
    }
    const broken = new Set(breakages.map(([, check]) => check));
    t.same(
      [...broken],
      checks.map(({ name }) => name),
      "every check, in their order",
    );
  },
);

const publicChecks = new Set(["public address", "webhook path", "other paths"]);

const notOk = (reports: readonly Report[]) => reports.filter(({ state }) => state !== "ok");
