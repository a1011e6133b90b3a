import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "tap";
import { addressProblem, askForAddress, type AddressOptions } from "../../../cli/setup/address.ts";
import { askForPort, type PortState, portState } from "../../../cli/setup/port.ts";
import { nobody } from "../../../cli/setup/prompts.ts";
import { person } from "../../support/setup-person.ts";

const alone = nobody(() => undefined, new AbortController().signal);
const asked = (more: Partial<AddressOptions>) =>
  askForAddress({
    prompts: alone,
    flags: {},
    before: { receive: undefined, publicUrl: undefined },
    apiRoot: "https://api.telegram.org",
    resolve: async () => undefined,
    ...more,
  });

test("a domain name becomes an address; one that does not resolve yet is pointed out", async (t) => {
  const someone = person(
    [/public address\?$/, true],
    [/^Which domain name\?$/, "192.0.2.1"],
    [/^Which domain name\?$/, "bot.example.com/"],
  );
  const resolve = () => Promise.reject(new Error("ENOTFOUND"));
  t.same(await asked({ prompts: someone, resolve }), {
    receive: "webhook",
    publicUrl: "https://bot.example.com",
  });
  t.match(someone.shown, [
    /an IP address gets no certificate/,
    /^! bot\.example\.com does not resolve/,
  ]);
});

test("without an address updates are fetched", async (t) => {
  const pull = { receive: "pull", publicUrl: undefined };
  t.same(await asked({ prompts: person([/public address\?$/, "pull"]) }), pull);
  t.same(await asked({ flags: { receive: "pull" } }), pull);
  await t.rejects(asked({ flags: { receive: "pull", publicUrl: "x.org" } }), {
    name: "SetupError",
  });
  await t.rejects(asked({}), { message: /--public-url .* --receive pull/ });
  await t.rejects(asked({ flags: { publicUrl: "localhost" } }), { message: /^--public-url: / });
});

test("what was answered before is the usual answer", async (t) => {
  const before = { receive: "webhook", publicUrl: "https://old.example.com" };
  const someone = person([/public address\?$/, true], [/^Which domain name\?$/, true]);
  t.match(await asked({ prompts: someone, before }), { publicUrl: "https://old.example.com" });
  const puller = person([/public address\?$/, true]);
  t.match(await asked({ prompts: puller, before: { ...before, receive: "pull" } }), {
    receive: "pull",
  });
});

test("an address that Telegram cannot reach is refused", async (t) => {
  const official = "https://api.telegram.org";
  for (const url of [
    "https://",
    "http://a.org",
    "https://a.org:444",
    "https://[::1]",
    "https://a.org?x",
    // Such a name would be read by the shell or by Caddy.
    "https://a'$(id)'.org",
    "https://a&b.org",
    "https://{a}.org",
  ]) {
    t.type(addressProblem(url, official), "string", url);
  }
  for (const url of ["https://a.org", "https://a.org:8443", "https://a.org/path"]) {
    t.equal(addressProblem(url, official), undefined, url);
  }
  t.equal(addressProblem("http://127.0.0.1:9", "http://127.0.0.1:8081"), undefined);
});

test("a port that another program has is refused, or another one is asked for", async (t) => {
  let answer = "nothing of ours";
  const server = createServer((_request, response) => response.end(answer));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const host = "127.0.0.1";
  t.equal(await portState(host, port), "other");
  await t.rejects(askForPort({ prompts: alone, flag: undefined, host, before: port }), {
    message: new RegExp(`^Port ${port} is used by another program; .* --port`),
  });
  await t.rejects(askForPort({ prompts: alone, flag: `${port}`, host, before: 1 }), {
    name: "SetupError",
  });
  await t.rejects(askForPort({ prompts: alone, flag: "x", host, before: 1 }), {
    message: /^--port: /,
  });

  const look = async (_: string, one: number): Promise<PortState> =>
    one === 8787 ? "other" : "free";
  const someone = person([/^Which port instead\?$/, true]);
  t.equal(await askForPort({ prompts: someone, flag: undefined, host, before: 8787, look }), 8788);
  t.same(someone.shown, ["! Port 8787 is used by another program."]);

  answer = JSON.stringify({ alive: true });
  t.equal(await portState(host, port), "Switchboard");
  t.equal(await askForPort({ prompts: alone, flag: undefined, host, before: port }), port);
});
