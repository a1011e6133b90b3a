import { execa } from "execa";
import { test } from "tap";
import type { Figure } from "../../bench/report.ts";
import { stackMissing } from "../support/stage.ts";

const names = [
  "api",
  "tmux",
  "join",
  "photo",
  "answer",
  "draft",
  "reply",
  "send-telegram",
  "rendering",
  "screen",
  "start",
  "idle",
  "memory",
  "list",
  "webhook",
];
// One of each kind: the rest are taken the same ways, and the suite is to stay short.
const tried = ["reply", "send-telegram"];

test(
  "a short run of the bench gives figures, each beside its floor, as JSON",
  {
    skip: stackMissing(),
  },
  async (t) => {
    const bench = execa(process.execPath, ["bench/main.ts", "--quick", ...tried]);
    t.teardown(() => bench.kill());
    const { stdout } = await bench;
    const lines = stdout.split("\n");
    const { figures } = JSON.parse(lines.at(-1) ?? "") as { figures: Figure[] };
    t.same(
      figures.map(({ name }) => name),
      tried,
    );
    for (const { what, measured, floor, unit, target, compared, met } of figures) {
      t.ok(measured.p50 > 0 && measured.p95 > 0 && measured.n > 0, `${what} is measured`);
      t.ok(floor.p50 > 0 && floor.p95 > 0 && floor.n > 0, `so is its floor: ${floor.what}`);
      t.match(
        { unit, target, compared, met },
        { unit: /./, target: /./, compared: /\d/, met: Boolean },
      );
      t.ok(
        lines.some((line) => line.startsWith(what) && line.includes(target)),
        "a line of the table says the same",
      );
    }
  },
);

test("a figure that does not exist is refused with the names of those that do", async (t) => {
  const options = { reject: false };
  const wrong = await execa(process.execPath, ["bench/main.ts", "speed"], options);
  t.equal(wrong.exitCode, 2);
  for (const name of names) t.match(wrong.stderr, name);
});
