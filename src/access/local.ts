/** What tells where a request comes from. */
export interface Origin {
  /** The address it came from. */
  ip: string;
  /** By their names in lower case. */
  headers: Record<string, unknown> & { host?: string | undefined };
  /** The port it came to; undefined where there is no socket, as in tests, which stands for 80. */
  port: number | undefined;
}

// What proxies add, by the names of the common ones.
const proxyHeader = new RegExp(
  `^(${[
    "via|(x-)?forwarded(-.*)?|x-original-.*|x-rewrite-url|x-host",
    "(x-)?(real|remote|proxyuser|appengine-user|cluster)-?(ip|addr)|remote-addr",
    "(.*-)?(client|connecting)-?ip|.*-socketip",
    "cf-.*|cdn-loop|x-(amzn?|amz-cf|azure|arr|envoy|varnish|vercel|cloud-trace)(-.*)?",
    "(tailscale|ngrok|x-tailscale|x-ngrok|fly|fastly)-.*",
  ].join("|")})$`,
);

/**
 * Whether a request comes from a program on this machine: over loopback, through no proxy, and to a
 * name and port of ours. A page in a browser can have a name of its own lead to 127.0.0.1 (DNS
 * rebinding), but then its requests carry that name.
 */
export function isLocal({ ip, headers, port = 80 }: Origin): boolean {
  const isLoopback = ip === "::1" || /^(::ffff:)?127\./.test(ip);
  const isProxied = Object.keys(headers).some((name) => proxyHeader.test(name));
  return isLoopback && !isProxied && isOurs(headers.host, port);
}

function isOurs(host = "", ownPort: number): boolean {
  const name = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::(\d+))?$/i.exec(host);
  return name !== null && Number(name[1] ?? 80) === ownPort;
}
