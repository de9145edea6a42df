/** Which of the server's actions are which. Knows nothing of the editor's values. */

interface Action {
  readonly title: string;
  readonly edit?: object | undefined;
  readonly command?: { readonly command: string } | undefined;
  readonly diagnostics?: readonly unknown[] | undefined;
}

/** Commands of the server that answer a request, or say why there is no answer. */
const ANSWERING = new Set(["kai.generate", "kai.apply", "kai.say"]);

/** Whether an action answers a request in words; repairs and explanations do not. */
export function isOffer(action: Action): boolean {
  if (action.edit === undefined) {
    return action.command !== undefined && ANSWERING.has(action.command.command);
  }
  const repairs =
    (action.diagnostics?.length ?? 0) > 0 || action.title.startsWith("kai: make all ");
  return action.title.startsWith("kai") && !repairs;
}

export function isExplanation(action: Action): boolean {
  return action.command?.command === "kai.explain";
}

/** What an action is called in kai's own list, where saying "kai" once more says nothing. */
export function named(title: string): string {
  return title.replace(/^kai(?:: |, )/, "");
}
