import { test } from "tap";
import { outboxRows } from "../support/memory.ts";
import { sending } from "../support/sending.ts";
import { until } from "../support/until.ts";

const hour = 60 * 60 * 1000;

test(
  "a clock that is set back between two attempts delays the next one by nothing",
  { timeout: 10_000 },
  async (t) => {
    const { telegram, store, send, end, texts } = await sending(t, { firstPauseMs: 300 });
    telegram.fault({ kind: "5xx" });
    await send("one");
    await until(async () => {
      const [row] = await outboxRows(store);
      return row?.state === "pending" && row.attempts === 1 ? true : undefined;
    });
    const { now } = Date;
    t.intercept(Date, "now", { value: () => now() - 24 * hour });
    await end(1);
    t.same(texts(), ["one"]);
  },
);

test(
  "a clock that was set back while Switchboard was down delays nothing",
  { timeout: 10_000 },
  async (t) => {
    const before = await sending(t, { firstPauseMs: 60_000 });
    const { now } = Date;
    const ahead = t.intercept(Date, "now", { value: () => now() + 24 * hour });
    before.telegram.fault({ method: "sendMessage", kind: "5xx" });
    await before.send("one");
    await until(async () => {
      const [row] = await outboxRows(before.store);
      return row?.attempts === 1 && row.state === "pending" ? true : undefined;
    });
    await before.sender.stop();
    ahead.restore();
    const after = await sending(t, { store: before.store });
    after.telegram.operatorSends({ chatId: 1000, text: "hi" });
    after.sender.start();
    await after.end(1);
    t.same(after.texts(), ["hi", "one"]);
  },
);
