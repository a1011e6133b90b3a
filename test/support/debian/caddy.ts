import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../until.ts";
import type { Inside } from "./inside.ts";

/** The machine's Caddy in the network of a root, with its own authority in place of a public one. */
export interface Caddy {
  /** The certificate of that authority. */
  certificate: string;
  end(): Promise<void>;
}

/** Runs the repository's Caddyfile for `site` on the usual ports, as Caddy's container does. */
export async function startCaddy(
  inside: Inside,
  folder: string,
  caddyfile: string,
  site: string,
): Promise<Caddy> {
  mkdirSync(folder);
  const config = join(folder, "Caddyfile");
  const text = readFileSync(caddyfile, "utf8");
  // Only this differs: no public authority is reached from here, and this machine shall trust no new one.
  const local = text.replace(/^\tadmin off$/m, "$&\n\tlocal_certs\n\tskip_install_trust");
  if (local === text) throw new Error("the Caddyfile has another first block");
  writeFileSync(config, local);
  const running = inside.beside(["caddy", "run", "--config", config], {
    HOME: folder,
    SWITCHBOARD_DOMAIN: site,
  });
  const certificate = join(folder, ".local/share/caddy/pki/authorities/local/root.crt");
  const said: string[] = [];
  running.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString("utf8")));
  const ended = once(running, "exit");
  await until(() => {
    if (running.exitCode !== null) throw new Error(`Caddy ended:\n${said.join("")}`);
    return existsSync(certificate) && said.join("").includes("serving initial configuration")
      ? true
      : undefined;
  });
  return {
    certificate,
    async end() {
      running.kill();
      await ended;
    },
  };
}
