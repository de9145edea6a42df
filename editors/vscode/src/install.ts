/** What is said and offered where `kai-lsp` is not on this machine. */

import { commands, window } from "vscode";

/** What installs kai for its user alone, in an environment of its own. */
export const COMMAND = "pipx install kai-kubectl";

const OPEN = "Open a Terminal with It";
const SAY_WHERE = "Say Where It Is";

/** Type the command into a terminal; pressing Enter is the user's. */
export function typeInstallation(): void {
  const terminal = window.createTerminal({ name: "Install kai" });
  terminal.show();
  terminal.sendText(COMMAND, false);
}

/** Say that it was not found, and offer to install it. */
export async function offer(configured: string, tried: readonly string[]): Promise<void> {
  const where = configured
    ? `kai: there is no program ${tried[0] ?? configured}, which the setting kai.serverPath names.`
    : `kai: the language server kai-lsp was not found. This installs it: ${COMMAND}`;
  const actions = configured ? [SAY_WHERE, OPEN] : [OPEN, SAY_WHERE];
  const chosen = await window.showWarningMessage(where, ...actions);
  if (chosen === OPEN) {
    typeInstallation();
  } else if (chosen === SAY_WHERE) {
    await commands.executeCommand("workbench.action.openSettings", "kai.serverPath");
  }
}
