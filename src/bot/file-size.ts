const units = ["bytes", "kB", "MB", "GB", "TB"];
const step = 1024;

/** A number of bytes for a reader: three digits at most, as in "12 kB" and "1.4 MB". */
export function sizeInWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.round(value) >= (unit === 0 ? step : 1000) && unit < units.length - 1) {
    value /= step;
    unit += 1;
  }
  const shown = unit > 0 && value < 9.95 ? value.toFixed(1) : `${Math.round(value)}`;
  return `${shown} ${units[unit]}`;
}
