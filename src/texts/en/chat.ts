/** Measures that stand inside other texts. */
export const chat = {
  /** How old something is; `minutes` are those beyond the full hours. */
  age: ({ hours, minutes }: { hours: number; minutes: number }) => {
    if (hours === 0) return `${minutes} min`;
    return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
  },
};
