/** One of our words as the value of a label, the way Prometheus writes them. */
export function labelOf(word: string): string {
  return word.replaceAll(" ", "_");
}
