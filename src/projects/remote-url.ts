/** Why a URL is not cloned from. */
export type RemoteFault = "bad-url" | "protocol" | "credentials";

/** A repository elsewhere. */
export interface Remote {
  /** As git takes it. */
  url: string;
  /** Its host, for the log: the rest may be private. */
  host: string;
  /** The last part of its path without `.git`. */
  name: string;
}

const mostLength = 1000;
// Neither a host nor a path may be taken for an option by git, ssh or the other side.
const host = /^(?:[A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])$/;
const byScp = /^git@([^:/@\s]+):(?![-:])(.+)$/;

/**
 * Reads a URL that the operator sent: `https://host/path`, `ssh://[user@]host[:port]/path` or
 * `git@host:path`, as far as `protocols` allow. A login in it is a fault: git would keep it in the
 * project, and show it to `ps`.
 */
export function readRemote(text: string, protocols: readonly string[]): Remote | RemoteFault {
  if (text.length > mostLength || !/^[\x21-\x7e]+$/.test(text)) return "bad-url";
  if (text.startsWith("-") || text.includes("\\")) return "bad-url";
  const scp = byScp.exec(text);
  if (scp) {
    const [, server = "", path = ""] = scp;
    if (!protocols.includes("ssh")) return "protocol";
    return host.test(server) ? remote(text, server, path) : "bad-url";
  }
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1];
  // Also what git would take for a folder, or for the name of a helper program (`ext::…`).
  if (scheme === undefined || !protocols.includes(scheme.toLowerCase())) return "protocol";
  // A phone may begin with a capital; git knows small letters only.
  return ofUrl(scheme.toLowerCase() + text.slice(scheme.length));
}

function ofUrl(text: string): Remote | RemoteFault {
  if (!URL.canParse(text)) return "bad-url";
  const url = new URL(text);
  const isSsh = url.protocol === "ssh:";
  if (url.password !== "" || (url.username !== "" && !isSsh)) return "credentials";
  if (url.username !== "" && !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(url.username)) return "bad-url";
  if (/[?#]/.test(text)) return "bad-url";
  if (url.protocol !== "file:" && !host.test(url.hostname)) return "bad-url";
  return remote(text, url.hostname, url.pathname);
}

function remote(url: string, server: string, path: string): Remote | RemoteFault {
  const name = path
    .replace(/\/+$/, "")
    .replace(/\.git$/, "")
    .replace(/^.*\//s, "");
  return name === "" ? "bad-url" : { url, host: server, name };
}
