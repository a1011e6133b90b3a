import { similarNames } from "./agent-argument.ts";
import { pageArgument, pageButtons, pageOf } from "./pages.ts";
import type { ViewButton } from "./view.ts";

/** What is chosen from: the names, and the command that a button runs with one. */
export interface Choices {
  command: string;
  names: readonly string[];
  /** What is offered before all names, on the first page. */
  first?: ViewButton[];
}

const pageSize = 12;

/** A button for each name of a page of a list, one a row, and those that lead to its other pages. */
export function choiceButtons({ command, names, first = [] }: Choices, page = 1): ViewButton[][] {
  const shown = pageOf(names, page, pageSize);
  return [
    ...(shown.number === 1 ? first.map((one) => [one]) : []),
    ...shown.items.map((name) => [choiceButton(command, name)]),
    ...pageButtons(shown, command, (number) => pageArgument(number)),
  ];
}

/** After a wrong name: a button for each that is like it, else those of the first page. */
export function nearestButtons(choices: Choices, wrong: string): ViewButton[][] {
  const similar = similarNames(wrong, choices.names);
  if (similar.length === 0) return choiceButtons(choices);
  return similar.map((name) => [choiceButton(choices.command, name)]);
}

/** The one name as a button. */
function choiceButton(command: string, name: string): ViewButton {
  return { label: name, command, argument: name };
}
