/** The host by which this machine reaches a server that listens on an address, as a URL has it. */
export function reachedHost(host: string): string {
  const reached = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return reached.includes(":") ? `[${reached}]` : reached;
}
