import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Inside } from "./inside.ts";
import { ports } from "./world.ts";

/** Who follows the documents. */
export const owner = "owner";
const home = `/home/${owner}`;

/** Where Debian's Caddy keeps the certificate of its own authority. */
export const caddyAuthority = "var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt";

// systemd does not run in a chroot. This does what Debian's unit of Caddy says, with two more lines in the Caddyfile:
// no public authority can be reached from here, so Caddy is its own, and the machine trusts that one.
const systemctl = `#!/bin/sh
set -eu
[ "$*" = "restart caddy" ] || { echo "systemctl $*: not in this test" >&2; exit 1; }
pkill -x caddy && sleep 1 || true
sed 's/^\\tadmin off$/&\\n\\tlocal_certs\\n\\tskip_install_trust/' /etc/caddy/Caddyfile > /etc/caddy/here
grep -q local_certs /etc/caddy/here
setpriv --reuid=caddy --regid=caddy --init-groups --inh-caps=+net_bind_service --ambient-caps=+net_bind_service \\
  env HOME=/var/lib/caddy caddy run --environ --config /etc/caddy/here --adapter caddyfile > /var/log/caddy.log 2>&1 &
for try in $(seq 100); do
  [ ! -s /${caddyAuthority} ] || break
  sleep 0.1
done
grep -q 'serving initial configuration' /var/log/caddy.log || cat /var/log/caddy.log >&2
cp /${caddyAuthority} /usr/local/share/ca-certificates/caddy.crt
update-ca-certificates > /dev/null
`;

/** Makes the user who follows the documents, and what stands in for systemd. */
export async function prepare(inside: Inside, domain: string): Promise<void> {
  const { root } = inside;
  await inside.run(["useradd", "--create-home", "--shell=/bin/bash", "--groups=sudo", owner]);
  writeFileSync(join(root, "etc/sudoers.d/owner"), "%sudo ALL=(ALL) NOPASSWD: ALL\n");
  mkdirSync(join(root, "usr/local/bin"), { recursive: true });
  writeFileSync(join(root, "usr/local/bin/systemctl"), systemctl);
  chmodSync(join(root, "usr/local/bin/systemctl"), 0o755);
  writeFileSync(join(root, "etc/hosts"), `127.0.0.1 localhost vm ${domain}\n`);
}

/** Runs blocks of shell commands one after the other, as somebody types them into one terminal. */
export class Terminal {
  #inside: Inside;
  #env: Record<string, string>;
  #cwd = home;

  constructor(inside: Inside, env: Readonly<Record<string, string>>) {
    this.#inside = inside;
    this.#env = { LANG: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive", ...env };
  }

  /** The folder it is in, as a path of the root. */
  get cwd(): string {
    return this.#cwd;
  }

  /** Goes on in another network: what it ran before has ended. */
  moveTo(inside: Inside, env: Readonly<Record<string, string>>): void {
    this.#inside = inside;
    this.#env = { ...this.#env, ...env };
  }

  /** Types a block; resolves to what was printed. @throws StepFailed at the first command that fails. */
  async type(block: string): Promise<string> {
    const mark = "== the folder is ";
    const script = `set -e\n${block}\necho "${mark}$PWD"`;
    const options = { user: owner, cwd: this.#cwd, env: this.#env, timeoutMs: 900_000 };
    const printed = await this.#inside.run(["bash", "-c", script], options);
    const at = printed.lastIndexOf(mark);
    this.#cwd = printed.slice(at + mark.length).trim();
    return printed.slice(0, at);
  }
}

/** The environment of a network that has only loopback and the world's proxy. */
export const loopbackEnv = (domain: string) => ({
  https_proxy: `http://127.0.0.1:${ports.proxy}`,
  no_proxy: `localhost,127.0.0.1,${domain}`,
});
