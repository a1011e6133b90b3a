import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const mono = ["", "-Bold", "-Oblique", "-BoldOblique"].map((style) => `DejaVuSansMono${style}`);

// Fonts with Chinese, Japanese and Korean are too large to bundle; Debian's fonts-droid-fallback has them.
const wide = [
  "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
  "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
];

/** The font files that a terminal is drawn with; a character that one lacks is taken from the next. */
export function fontFiles(): string[] {
  return [
    // DejaVu Sans has braille and symbols that the other lacks.
    ...[...mono, "DejaVuSans"].map((name) => inPackage(`dejavu-fonts-ttf/ttf/${name}.ttf`)),
    inPackage("@expo-google-fonts/noto-emoji/400Regular/NotoEmoji_400Regular.ttf"),
    ...wide.filter((path) => existsSync(path)).slice(0, 1),
  ];
}

function inPackage(path: string): string {
  return fileURLToPath(import.meta.resolve(path));
}
