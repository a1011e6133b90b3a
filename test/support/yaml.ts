// It comes with tap, which package-lock.json pins.
export { parse } from "yaml";
