/** One of our words as the value of a label, with underscores as is usual in Prometheus. */
export function labelOf(word: string): string {
  return word.replaceAll(" ", "_");
}
