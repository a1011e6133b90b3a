const units = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

/** A duration in milliseconds, in words of one unit: `3 minutes`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [name, length] = units.find(([, size]) => seconds >= size) ?? ["second", 1];
  const count = Math.floor(seconds / length);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
