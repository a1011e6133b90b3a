import { chownSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import tap, { test, type Test } from "tap";
import { startCaddy } from "../support/debian/caddy.ts";
import { publish } from "../support/debian/checkout.ts";
import { namedVolumes, readCompose } from "../support/debian/compose.ts";
import { makeVolumes, startContainer } from "../support/debian/container.ts";
import { shellBlocks } from "../support/debian/documents.ts";
import { imageSettings, parseDockerfile } from "../support/debian/dockerfile.ts";
import { buildImage } from "../support/debian/image.ts";
import { Inside } from "../support/debian/inside.ts";
import { giveNetwork, installNode, machineNode, networkEnv } from "../support/debian/machine.ts";
import { caddyAuthority, loopbackEnv, prepare, Terminal } from "../support/debian/owner.ts";
import { debianMissing, Roots } from "../support/debian/root.ts";
import { bot, opencodeSettings, ports, World } from "../support/debian/world.ts";
import { until } from "../support/until.ts";

const checkout = join(import.meta.dirname, "..", "..");
const read = (path: string) => readFileSync(join(checkout, path), "utf8");
const domain = "bot.example.com";
const apiRoot = `http://127.0.0.1:${ports.telegram}`;

// It takes about 4 minutes; CI is much slower, and so may a mirror be.
const timeout = 1_200_000;
tap.setTimeout(timeout);

test("in a fresh Debian", { skip: debianMissing(), timeout }, async (t) => {
  const roots = new Roots();
  t.teardown(() => roots.remove());
  const base = await timed(t, "debootstrap", () => freshRoot(roots)).catch((error: unknown) => {
    if (process.env["CI"]) throw error;
    return undefined;
  });
  if (base === undefined) {
    t.plan(0, "no Debian root can be made here: see above");
    return;
  }
  const source = join(roots.folder, "source");
  await publish(source);
  // Most of it is waiting for the network.
  t.jobs = 2;
  await Promise.all([
    t.test(
      "the set-up leads from a clone to an answer through HTTPS",
      { buffered: true, timeout },
      (setUpTest) => setUp(setUpTest, roots, base, source),
    ),
    t.test(
      "the image's steps lead to an answer, and a stop keeps sessions",
      { buffered: true, timeout },
      (imageTest) => image(imageTest, roots, base, source),
    ),
  ]);
});

/** What a server has before anything is installed. @throws where no mirror is reached, or no namespace allowed. */
async function freshRoot(roots: Roots): Promise<string> {
  const root = await roots.install("base", ["procps", "sudo"]);
  const tried = await Inside.enter({ root, network: "loopback" });
  await tried.end();
  return root;
}

/** Follows docs/setup.md from the clone to the answer. */
async function setUp(t: Test, roots: Roots, base: string, source: string): Promise<void> {
  const root = await roots.copy(base, "owner");
  await installNode(root, machineNode());
  const online = await Inside.enter({ root, network: "machine", volumes: { "/source": source } });
  t.teardown(() => online.end());
  await prepare(online, domain);
  await giveNetwork(root, ["root", "home/owner"]);
  const began = performance.now();
  const terminal = new Terminal(online, networkEnv());
  const page = read("docs/setup.md");
  const steps = shellBlocks(page, "# Set up Switchboard").map(here);
  // The page says this in words.
  steps.splice(1, 0, "git clone /source opencode-switchboard\ncd opencode-switchboard");
  let world: World | undefined;
  let commands = 0;
  for (let block = steps.shift(); block !== undefined; block = steps.shift()) {
    commands += block.split("\n").length;
    if (!world && block.startsWith("npm run setup")) {
      await online.end();
      const inside = await Inside.enter({ root, network: "loopback" });
      t.teardown(() => inside.end());
      world = await World.begin(inside, join(roots.folder, "way-out"));
      writeFileSync(join(root, "home/owner/token"), bot.token);
      terminal.moveTo(inside, loopbackEnv(domain));
    }
    if (world && block === "npm run doctor") {
      // “Write to your bot. It answers.”
      const certificate = join(root, caddyAuthority);
      const words = { say: "hello", expect: "Heard: hello", certificate };
      const answer = await timed(t, "the first answer", async () => world?.say(words));
      t.equal(answer, "Heard: hello", "the bot answers through HTTPS");
      t.comment(`${commands - 1} commands, ${minutesSince(began)} minutes`);
    }
    const line = block;
    const printed = await timed(t, block, () => terminal.type(line));
    if (block.startsWith("npm run")) t.comment(printed);
    // “If it prints commands that need sudo, run them.”
    const asked = /^Run this.*:\n\n([\s\S]*?)\n\n/m.exec(printed)?.[1];
    if (asked !== undefined) steps.unshift(asked);
  }
  const numbered = page.slice(0, page.indexOf("\n## ")).match(/^\d+\. /gm) ?? [];
  t.ok(numbered.length <= 5, `${numbered.length} steps, ${commands} commands with the doctor`);
  await world?.end();
}

/** A block of docs/setup.md as it is typed here, where nobody answers questions and no model can be logged in to. */
function here(block: string): string {
  if (block === "npx opencode auth login") {
    const config = "~/.config/opencode";
    return `mkdir -p ${config} && echo '${opencodeSettings}' > ${config}/opencode.json`;
  }
  if (block !== "npm run setup") return block;
  const answers = [
    ["token-file", "~/token"],
    ["api-root", apiRoot],
    ["chat", String(bot.chatId)],
    ["public-url", `https://${domain}`],
    ["permissions", "keep"],
    ["run", "tmux"],
  ].map(([name, value]) => `--${name} ${value}`);
  // The doctor is the last step.
  return `npm run setup -- ${answers.join(" ")} --no-doctor --yes`;
}

/** Does the Dockerfile's steps and starts what it starts, twice. */
async function image(t: Test, roots: Roots, base: string, source: string): Promise<void> {
  const root = await roots.copy(base, "image");
  const instructions = parseDockerfile(read("docker/Dockerfile"));
  const builder = await Inside.enter({ root, network: "machine" });
  t.teardown(() => builder.end());
  // What the image of FROM has.
  const node = join(checkout, "node_modules/node/bin/node");
  await installNode(root, { ...machineNode(), node });
  await builder.run(["useradd", "--uid=1000", "--create-home", "--user-group", "node"]);
  await giveNetwork(root, ["root", "home/node"]);
  await buildImage(builder, instructions, source, networkEnv(), ({ what, ms }) => {
    if (ms > 1000) t.comment(`${(ms / 1000).toFixed(1)} s: ${what.slice(0, 90)}`);
  });
  await builder.end();

  const settings = imageSettings(instructions);
  const { switchboard } = readCompose(read("docker/compose.yaml")).services;
  const targets = namedVolumes(switchboard);
  const volumes = await makeVolumes(root, join(roots.folder, "volumes"), targets);
  ownFile(join(root, "app/.env"), environment("https://localhost"));
  const home = volumes["/home/node"] ?? "";
  ownFile(join(home, ".config/opencode/opencode.json"), opencodeSettings);
  writeFileSync(join(roots.folder, "built"), "");

  // What outlives a container: Telegram, and a network that has only loopback.
  const outside = await Inside.enter({ root: base, network: "loopback" });
  t.teardown(() => outside.end());
  const folder = join(roots.folder, "caddy");
  const caddy = await startCaddy(outside, folder, join(source, "Caddyfile"), "https://localhost");
  const world = await World.begin(outside, join(folder, "way-out"));
  const { certificate } = caddy;
  for (const [say, expect] of [
    ["hello", "Heard: hello"],
    ["again", "Heard: hello | again"],
  ] as const) {
    const container = await startContainer(root, settings, volumes, outside);
    t.teardown(() => container.end());
    try {
      await timed(t, `the answer to “${say}”`, () => world.say({ say, expect, certificate }));
      const isHealthy = () =>
        container.run(["sh", "-c", settings.healthcheck], settings).catch(() => undefined);
      t.match(await until(isHealthy), '"ready":true', "the health check passes");
    } catch (error) {
      t.comment(container.output);
      throw error;
    }
    await timed(t, "the stop", () => container.stop("SIGTERM"));
  }
  await Promise.all([world.end(), caddy.end()]);
  const changed = ["-newer", join(roots.folder, "built"), "-type", "f", "-printf", "/%P\n"];
  const { stdout } = await execa("find", [root, ...changed]);
  const isScratch = /^\/(tmp\/|app\/node_modules\/\.cache\/|$)/;
  const lost = stdout.split("\n").filter((path) => !isScratch.test(path));
  t.same(lost, [], "all that must last is in the volumes");
}

function environment(publicUrl: string): string {
  return [
    `TELEGRAM_BOT_TOKEN=${bot.token}`,
    `TELEGRAM_ALLOWED_CHAT_ID=${bot.chatId}`,
    `TELEGRAM_API_ROOT=${apiRoot}`,
    `PUBLIC_URL=${publicUrl}\n`,
  ].join("\n");
}

/** Writes a file that only the image's user can read. */
function ownFile(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  chownSync(path, 1000, 1000);
}

const minutesSince = (began: number) => ((performance.now() - began) / 60_000).toFixed(1);

async function timed<Result>(t: Test, what: string, work: () => Promise<Result>): Promise<Result> {
  const began = performance.now();
  try {
    return await work();
  } catch (error) {
    t.comment(error instanceof Error ? error.message : error);
    throw error;
  } finally {
    t.comment(`${((performance.now() - began) / 1000).toFixed(1)} s: ${what}`);
  }
}
