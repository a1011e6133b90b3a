import { similarNames } from "./agent-argument.ts";
import { pageArgument, pageButtons, pageOf } from "./pages.ts";
import type { ViewButton } from "./view.ts";

/** What is chosen from: a button for each, whose label is its name, and the command that shows the list. */
export interface Choices {
  command: string;
  items: readonly ViewButton[];
  /** What is offered before them, on the first page. */
  first?: ViewButton[];
}

const pageSize = 12;

/** Buttons that run a command with each of these names. */
export function nameButtons(command: string, names: readonly string[]): ViewButton[] {
  return names.map((name) => ({ label: name, command, argument: name }));
}

/** The buttons of a page of a list, one a row, and those that lead to its other pages. */
export function choiceButtons({ command, items, first = [] }: Choices, page = 1): ViewButton[][] {
  const shown = pageOf(items, page, pageSize);
  return [
    ...(shown.number === 1 ? first : []).map((one) => [one]),
    ...shown.items.map((one) => [one]),
    ...pageButtons(shown, command, (number) => pageArgument(number)),
  ];
}

/** After a wrong name: a button for each that is like it, else those of the first page. */
export function nearestButtons(choices: Choices, wrong: string): ViewButton[][] {
  const labels = choices.items.map(({ label }) => label);
  const similar = similarNames(wrong, labels);
  if (similar.length === 0) return choiceButtons(choices);
  return similar
    .flatMap((name) => choices.items.filter(({ label }) => label === name))
    .map((one) => [one]);
}
