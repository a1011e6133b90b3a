import { existsSync, readFileSync, statSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { parseEnv } from "node:util";
import { test } from "tap";
import {
  copied,
  imageSettings,
  type Instruction,
  parseDockerfile,
} from "./support/debian/dockerfile.ts";
import { namedVolumes, readCompose } from "./support/debian/compose.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const { scripts, devDependencies } = JSON.parse(read("package.json")) as {
  scripts: Record<string, string>;
  devDependencies: Record<string, string>;
};
const instructions = parseDockerfile(read("docker/Dockerfile"));
const named = (name: string) => instructions.filter((one) => one.name === name);
const settings = imageSettings(instructions);
const compose = readCompose(read("docker/compose.yaml"));

test("the image has the Node and the opencode that the tests run with, and no newer ones", async (t) => {
  t.match(named("FROM")[0]?.text, new RegExp(`^node:${devDependencies["node"]}-\\w+-slim$`));
  t.equal(named("FROM").length, 1);
  t.equal(settings.env["OPENCODE_VERSION"], devDependencies["opencode-ai"]);
  const installs = named("RUN").filter(({ text }) => /npm (install|ci)\b/.test(text));
  t.equal(installs.length, 3);
  for (const { text } of installs) {
    t.match(text, /npm ci --omit=dev|@\$OPENCODE_VERSION(?!\S)/, "pinned, or by package-lock.json");
  }
});

test("the image runs as a user of its own, below an init, with a health check", async (t) => {
  const last = instructions.findLastIndex(({ name }) => name === "RUN");
  t.equal(settings.user, "node");
  t.notOk(instructions.slice(last).some(({ name }) => name === "USER"));
  t.equal(settings.command[0], "tini");
  t.match(settings.healthcheck, `http://127.0.0.1:${settings.env["PORT"]}/readyz`);
  const [, , program = ""] = settings.command;
  t.ok(statSync(join(root, program)).mode & 0o001, "the program can be executed");
  t.ok(read(program).includes(`  ${scripts["start"]} &\n`), "as npm start does");
});

test("the image has no build tools, no package lists and no caches", async (t) => {
  const text = named("RUN").map((one) => one.text);
  t.notOk(text.some((one) => /\b(gcc|g\+\+|make|python3?|build-essential)\b/.test(one)));
  for (const one of text) {
    if (one.includes("apt-get")) t.match(one, /--no-install-recommends.* rm -rf \/var\/lib\/apt/);
    const cache = /--cache (\S+)/.exec(one)?.[1];
    if (/\bnpm (install|ci)\b/.test(one)) t.match(one, `rm -rf ${cache ?? "its own cache"}`);
  }
});

test("no secret can get into the image", async (t) => {
  const isSecret = /TOKEN|PASSWORD|SECRET|KEY/;
  for (const name of ["ENV", "ARG"]) t.notOk(named(name).some(({ text }) => isSecret.test(text)));
  const secrets = [".env", "docker/.env", "src/.env", "data/reply-token", ".git/config", "x.log"];
  for (const path of secrets) t.notOk(isSent(path), path);
  for (const service of Object.values(compose.services)) {
    t.same(
      Object.keys(service.environment ?? {}).filter((name) => isSecret.test(name)),
      [],
    );
    t.equal(service.env_file, undefined);
  }
});

test("everything that the image copies exists and is sent to the builder, and nothing else is", async (t) => {
  const sources = named("COPY").flatMap((one: Instruction) => copied(one).sources);
  for (const source of sources) {
    t.ok(existsSync(join(root, source)), source);
    t.ok(isSent(source), `${source} is not ignored`);
  }
  const allowed = ignored().filter((line) => line.startsWith("!"));
  t.same(allowed.map((line) => line.slice(1)).toSorted(), sources.toSorted());
});

test("compose keeps what must last in volumes, and gives Caddy Switchboard's network", async (t) => {
  const { switchboard, caddy, pull } = compose.services;
  t.match(settings.env, { DATA_DIR: "/data", WORKSPACE_DIR: "/work" });
  t.same(namedVolumes(switchboard).toSorted(), ["/data", `/home/${settings.user}`, "/work"]);
  const names = Object.keys(compose.volumes);
  for (const service of [switchboard, caddy, pull]) {
    for (const volume of service?.volumes ?? []) {
      if (typeof volume !== "string") t.ok([".env"].includes(volume.source));
      else if (!volume.startsWith(".")) t.ok(names.includes(volume.split(":")[0] ?? ""), volume);
    }
  }
  for (const service of [caddy, pull]) {
    t.equal(service?.network_mode, "service:switchboard");
    t.same(service?.depends_on, { switchboard: { condition: "service_started", restart: true } });
  }
  t.equal(pull?.image, switchboard?.image);
  const command = scripts["pull"]?.replace(/^NODE_COMPILE_CACHE=\S+ /, "");
  t.equal(pull?.command?.join(" "), command, "as npm run pull does");
  t.match(caddy?.image, /^caddy:\d+\.\d+\.\d+-alpine$/);
  t.same(switchboard?.build, { context: "..", dockerfile: "docker/Dockerfile" });
  t.ok(
    Number.parseInt(switchboard?.stop_grace_period ?? "", 10) > 10,
    "the close takes up to 10 s",
  );
  for (const service of [switchboard, pull]) t.same(service?.cap_drop, ["ALL"]);
  t.notOk(switchboard?.network_mode);
  t.ok(parseEnv(read(".env.example"))["PUBLIC_URL"] === "", "the address of Caddy is a setting");
});

function ignored(): string[] {
  return read(".dockerignore")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** Whether the builder gets a path; the last pattern that fits it or a folder above it decides. */
function isSent(path: string): boolean {
  const steps = path.split("/").map((_, index, all) => all.slice(0, index + 1).join("/"));
  return ignored().reduce((isIn, line) => {
    const pattern = line.replace(/^!/, "");
    // Docker's `*` also means names that begin with a dot.
    const fits = pattern === "*" || steps.some((step) => matchesGlob(step, pattern));
    return fits ? line.startsWith("!") : isIn;
  }, true);
}
