/** Measures that stand inside other texts. */
export const chat = {
  /** How old something is; `minutes` are those beyond the full hours. */
  age: ({ hours, minutes }: { hours: number; minutes: number }) => {
    if (hours === 0) return minutes === 0 ? "under 1 min" : `${minutes} min`;
    if (hours >= 48) return `${Math.floor(hours / 24)} days`;
    return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
  },
};
