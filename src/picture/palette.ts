import type { Colour } from "./cells.ts";

/** Red, green and blue, each from 0 to 255. */
export type Rgb = readonly [number, number, number];

/** The colours of what has none of its own. */
export const defaultText: Rgb = [0xe6, 0xe6, 0xe6];
/** The same for what is behind it. */
export const defaultBack: Rgb = [0x12, 0x12, 0x12];

// The first 16 differ from terminal to terminal; these are xterm's, with a blue that can be read on black.
const first: readonly number[] = [
  0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x3b78ff, 0xcd00cd, 0x00cdcd, 0xe5e5e5, 0x7f7f7f,
  0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
];
// xterm's cube of 6 × 6 × 6 colours, then 24 greys.
const steps = [0, 95, 135, 175, 215, 255];
const cubeFrom = 16;
const greysFrom = 232;

/** What a colour is in red, green and blue; `usual` where the cell names none. */
export function rgbOf(colour: Colour, usual: Rgb): Rgb {
  if (colour.kind === "default") return usual;
  return colour.kind === "rgb" ? split(colour.value) : paletteColour(colour.value);
}

function paletteColour(index: number): Rgb {
  if (index < cubeFrom) return split(first[index] ?? 0);
  if (index >= greysFrom) {
    const grey = 8 + 10 * (index - greysFrom);
    return [grey, grey, grey];
  }
  const inCube = index - cubeFrom;
  const step = (digit: number) => steps[digit % 6] ?? 0;
  return [step(Math.floor(inCube / 36)), step(Math.floor(inCube / 6)), step(inCube)];
}

function split(value: number): Rgb {
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** Half way from one colour to another, as dim letters are shown. */
export function between([r, g, b]: Rgb, [r2, g2, b2]: Rgb): Rgb {
  const half = (one: number, other: number) => Math.round((one + other) / 2);
  return [half(r, r2), half(g, g2), half(b, b2)];
}

/** As SVG writes it: `#rrggbb`. */
export function hex([r, g, b]: Rgb): string {
  return `#${((r << 16) | (g << 8) | b).toString(16).padStart(6, "0")}`;
}
