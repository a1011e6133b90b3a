import { existsSync, readFileSync } from "node:fs";
import { reachedHost } from "../local-url.ts";
import { replaceFile } from "../write-file.ts";

/** Where Debian's caddy reads its configuration. */
export const debianCaddyfile = "/etc/caddy/Caddyfile";

/** What stands in the Caddyfile for this machine. */
export interface CaddyValues {
  /** The domain name that Caddy gets a certificate for, with its port unless that is 443. */
  domain: string;
  /** Where Switchboard listens, like 127.0.0.1:8787. */
  upstream: string;
}

/** The values for an address; undefined where Caddy has no part: another path, http, or this machine only. */
export function caddyValues(
  publicUrl: string,
  { host, port }: { host: string; port: number },
): CaddyValues | undefined {
  const url = new URL(publicUrl);
  if (url.protocol !== "https:" || url.pathname !== "/") return undefined;
  return { domain: url.host, upstream: `${reachedHost(host)}:${port}` };
}

const placeholders = { SWITCHBOARD_DOMAIN: "domain", SWITCHBOARD_UPSTREAM: "upstream" } as const;

/** Our Caddyfile with its values in place. Other placeholders stay. */
export function filledIn(template: string, values: CaddyValues): string {
  return template.replaceAll(/\{\$(\w+)(?::[^}]*)?\}/g, (whole, name: string) => {
    const key = placeholders[name as keyof typeof placeholders] as keyof CaddyValues | undefined;
    return key === undefined ? whole : values[key];
  });
}

/** What a Caddyfile is: `ours` is one that was filled in from our template, perhaps with other values. */
export type CaddyfileState = "absent" | "ours" | "Debian's" | "other";

/** Whose Caddyfile stands there. */
export function caddyfileState(path: string, template: string): CaddyfileState {
  if (!existsSync(path)) return "absent";
  const text = readFileSync(path, "utf8");
  const isOurs = text === template || shapeOf(template).test(text);
  if (isOurs) return "ours";
  const isExample = text.startsWith("# The Caddyfile is an easy way to configure");
  // The example serves one page, from a folder of its own; somebody may have gone on from there.
  const directives = text.split("\n").filter((line) => /^\s*[^#\s]/.test(line));
  return isExample && directives.length <= 4 ? "Debian's" : "other";
}

function shapeOf(template: string): RegExp {
  const parts = template.split(/\{\$(?:SWITCHBOARD_DOMAIN|SWITCHBOARD_UPSTREAM)(?::[^}]*)?\}/);
  return new RegExp(`^${parts.map((part) => RegExp.escape(part)).join("\\S+")}$`);
}

/** Replaces a Caddyfile that is ours or Debian's example. @throws what the system says. */
export function writeCaddyfile(path: string, template: string, values: CaddyValues): void {
  replaceFile(path, filledIn(template, values), 0o644);
}

/** The commands that do the same, for a person to run in the folder of the checkout. */
export function caddyCommands({ domain, upstream }: CaddyValues): string[] {
  return [
    `sed -e 's|{$SWITCHBOARD_DOMAIN}|${domain}|' -e 's|{$SWITCHBOARD_UPSTREAM:[^}]*}|${upstream}|' Caddyfile | sudo tee ${debianCaddyfile} >/dev/null`,
    "sudo systemctl restart caddy",
  ];
}
