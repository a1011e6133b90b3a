import { test, type Test } from "tap";
import { OpencodeUnreachable } from "../../src/opencode/errors.ts";
import type { ModelChoice } from "../../src/opencode/models.ts";
import { Destinations } from "../../src/prompts/destination.ts";
import { ModelCheck } from "../../src/runner/model-check.ts";
import type { Store } from "../../src/store/store.ts";
import { keptLog } from "../support/app.ts";
import { FakeEvents, FakeOpencode } from "../support/fake-opencode.ts";
import { memoryStore, outboxRows } from "../support/memory.ts";
import { until } from "../support/until.ts";

function checking(store: Store, choice: ModelChoice) {
  const client = new FakeOpencode();
  const events = new FakeEvents(client);
  const { kept, log } = keptLog();
  const destinations = new Destinations([1000]);
  const directory = "/srv/work";
  const check = new ModelCheck({
    catalog: client,
    events,
    store,
    destinations,
    choice,
    directory,
    log,
  });
  check.start();
  return { check, client, events, kept };
}

const texts = async (store: Store) =>
  (await outboxRows(store)).map(({ payload }) => payload["text"]);

const gone =
  "opencode has no model stub/gone, so prompts run on another one; " +
  "correct OPENCODE_MODEL and restart Switchboard.";

async function told(t: Test, store: Store, choice: ModelChoice, expected: unknown[]) {
  const { events, kept } = checking(store, choice);
  events.emit("open");
  await until(() => kept.entries.find(({ level }) => level === 50));
  await until(async () => ((await texts(store)).length >= expected.length ? true : undefined));
  t.same(await texts(store), expected);
}

test("a configured model or variant that does not exist is logged at each start and told once", async (t) => {
  const store = await memoryStore(t);
  const wrong = { model: "stub/gone", variant: undefined };
  await told(t, store, wrong, [gone]);
  await told(t, store, wrong, [gone]);
  const variant =
    "stub/own has no variant extreme, so prompts run without it; " +
    "correct OPENCODE_VARIANT and restart Switchboard.";
  await told(t, store, { model: "stub/own", variant: "extreme" }, [gone, variant]);
});

test("nothing is claimed of a right model, of none, and while opencode does not say", async (t) => {
  const store = await memoryStore(t);
  for (const choice of [
    { model: "stub/a/b", variant: "low" },
    { model: undefined, variant: undefined },
  ]) {
    t.equal(await checking(store, choice).check.fault(), undefined);
  }
  const { check, client, events, kept } = checking(store, {
    model: "stub/gone",
    variant: undefined,
  });
  client.providers = async () => {
    throw new OpencodeUnreachable("GET /config/providers");
  };
  await t.rejects(check.fault(), OpencodeUnreachable);
  events.emit("open");
  await until(() => kept.entries.find(({ msg }) => String(msg).includes("could not be checked")));
  t.same(await texts(store), []);
});
