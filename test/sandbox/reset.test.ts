import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { test, type Test } from "tap";
import { reset } from "../../sandbox/reset.ts";

/** Both ends of a connection on loopback. */
async function pair(t: Test): Promise<{ near: Socket; far: Socket }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const far = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [near] = (await once(server, "connection")) as [Socket];
  server.close();
  t.teardown(() => far.destroy());
  near.resume();
  far.resume();
  return { near, far };
}

test("a connection is broken by a reset", async (t) => {
  const { near, far } = await pair(t);
  const broken = once(far, "close");
  reset(near);
  await t.rejects(broken, { code: "ECONNRESET" });
});

test("a connection that is just ending is closed too, so that its process can end", async (t) => {
  const { near, far } = await pair(t);
  const closed = Promise.all([once(near, "close"), once(far, "close")]);
  near.end();
  reset(near);
  await closed;
});

test("a connection whose end has gone out is broken as well", async (t) => {
  const { near } = await pair(t);
  near.end();
  await once(near, "finish");
  const closed = once(near, "close");
  reset(near);
  await closed;
});
