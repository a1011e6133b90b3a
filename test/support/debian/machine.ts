import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";

/** The Debian that documents and image are tried in; that of the image's base. */
export const suite = "bookworm";

/** The mirror that this machine's apt uses for `suite`, else Debian's own. */
export function aptMirror(): string {
  const files = globSync("/etc/apt/{sources.list,sources.list.d/*.{list,sources}}");
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    const line = /^deb (?:\[[^\]]*\] )?(\S+) (\S+)/gm;
    for (const [, uri, of] of text.matchAll(line)) if (uri && of === suite) return uri;
    // deb822: stanzas, apart by an empty line.
    for (const stanza of text.split(/\n\s*\n/)) {
      const uri = /^URIs:\s*(\S+)/m.exec(stanza)?.[1];
      const suites = /^Suites:\s*(.+)$/m.exec(stanza)?.[1]?.split(/\s+/);
      if (uri && suites?.includes(suite)) return uri;
    }
  }
  return "http://deb.debian.org/debian";
}

/** What programs need of this machine's environment to reach registries: proxies and extra certificates. */
export function networkEnv(): Record<string, string> {
  const isNeeded = /^(https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_(file|dir))$/i;
  const given = Object.entries(process.env).filter(([name]) => isNeeded.test(name));
  return Object.fromEntries(given.map(([name, value = ""]) => [name, value]));
}

/** Gives a root the way to the network that this machine has: names, certificates, apt's and npm's settings. */
export async function giveNetwork(root: string, homes: readonly string[]): Promise<void> {
  copyFileSync("/etc/resolv.conf", join(root, "etc/resolv.conf"));
  const authorities = "usr/local/share/ca-certificates";
  mkdirSync(join(root, authorities), { recursive: true });
  for (const file of globSync(`/${authorities}/*.crt`)) {
    copyFileSync(file, join(root, file));
  }
  // Nobody is there to answer apt's question.
  const apt = `APT::Get::Assume-Yes "true";\n${await aptProxy()}\n`;
  writeFileSync(join(root, "etc/apt/apt.conf.d/test"), apt);
  const npmrc = process.env["npm_config_userconfig"];
  if (!npmrc || !existsSync(npmrc)) return;
  for (const home of homes) copyFileSync(npmrc, join(root, home, ".npmrc"));
}

async function aptProxy(): Promise<string> {
  const { stdout } = await execa("apt-config", ["dump"], { reject: false });
  return stdout
    .split("\n")
    .filter((line) => /^Acquire::https?::Proxy /i.test(line))
    .join("\n");
}

/** Node and npm: a program and the folder of npm's package. */
export interface NodeAndNpm {
  node: string;
  npm: string;
}

/** The Node and npm that this machine runs npm with, the operator's so to speak. */
export function machineNode(): NodeAndNpm {
  const { npm_node_execpath: node, npm_execpath: npm } = process.env;
  if (!node || !npm) throw new Error("run the test by npm or npx");
  return { node, npm: dirname(dirname(npm)) };
}

/** Puts Node and npm below `/usr/local` of a root, as Node's own images have them. */
export async function installNode(root: string, { node, npm }: NodeAndNpm): Promise<void> {
  const lib = join(root, "usr/local/lib/node_modules");
  await execa("install", ["-D", "--mode=755", node, join(root, "usr/local/bin/node")]);
  await execa("mkdir", ["-p", lib]);
  await execa("cp", ["-aL", npm, join(lib, "npm")]);
  for (const name of ["npm", "npx"]) {
    const target = `../lib/node_modules/npm/bin/${name}-cli.js`;
    await execa("ln", ["-s", target, join(root, "usr/local/bin", name)]);
  }
}
