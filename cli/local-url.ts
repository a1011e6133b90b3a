/** How a server that listens on that address is reached from this machine, as it stands in a URL. */
export function reachedHost(host: string): string {
  const reached = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return reached.includes(":") ? `[${reached}]` : reached;
}
