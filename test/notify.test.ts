import { test } from "tap";
import { ServiceManager } from "../src/notify.ts";

/** A service manager, what it wrote, and to which file descriptor. */
function told(env: NodeJS.ProcessEnv) {
  const said: [descriptor: number, message: string][] = [];
  const manager = new ServiceManager(env, (descriptor, message) =>
    said.push([descriptor, message]),
  );
  return { manager, said };
}

test("where systemd did not ask, nothing is written, however the environment is", async (t) => {
  for (const env of [{}, { SWITCHBOARD_NOTIFY_FD: "" }, { SWITCHBOARD_NOTIFY_FD: "2" }]) {
    const { manager, said } = told({ ...env, WATCHDOG_USEC: "2000" });
    manager.ready("up");
    manager.stopping();
    t.same(said, []);
  }
});

test("systemd is told the state; a watchdog that is meant for another process gets nothing", async (t) => {
  const { manager, said } = told({
    SWITCHBOARD_NOTIFY_FD: "3",
    WATCHDOG_USEC: "2000",
    WATCHDOG_PID: String(process.pid + 1),
  });
  manager.ready("up");
  await new Promise((resolve) => setTimeout(resolve, 10));
  manager.stopping();
  t.same(said, [
    [3, "READY=1\nSTATUS=up"],
    [3, "STOPPING=1"],
  ]);
});

test("a systemd that is gone is no fault of the service", async (t) => {
  const manager = new ServiceManager({ SWITCHBOARD_NOTIFY_FD: "3" }, () => {
    throw new Error("ECONNREFUSED");
  });
  t.doesNotThrow(() => manager.ready("up"));
  t.doesNotThrow(() => manager.stopping());
});
