/** What is said and offered where `kai-lsp` is not on this machine. */

import { homedir } from "node:os";
import { commands, env, Uri, window, workspace } from "vscode";
import { FIRST, type Way, way } from "./installers";

const OPEN = "Open a Terminal with It";
const SAY_WHERE = "Say Where It Is";
const GET_PYTHON = "Get Python";
const TRY_AGAIN = "Try Again";

/** Nothing is run to find out in a workspace that is not trusted: PATH may lead into it. */
async function ways(): Promise<Way> {
  return workspace.isTrusted ? await way(process.platform) : FIRST;
}

/** Type the command into a terminal; pressing Enter is the user's. */
export async function typeInstallation(): Promise<void> {
  const found = await ways();
  if ("missing" in found) {
    await sayMissing(found.missing);
    return;
  }
  // In the home folder: the workspace's programs and settings are none of this command's business.
  const terminal = window.createTerminal({ name: "Install kai", cwd: homedir() });
  terminal.show();
  terminal.sendText(found.command, false);
}

/** Say that it was not found, and offer to install it. */
export async function offer(configured: string, tried: readonly string[]): Promise<void> {
  const found = await ways();
  if ("missing" in found && configured === "") {
    await sayMissing(`the language server kai-lsp was not found. ${found.missing}`);
    return;
  }
  const how = "command" in found ? found.command : "";
  const where = configured
    ? `kai: there is no program ${tried[0] ?? configured}, which the setting kai.serverPath names.`
    : `kai: the language server kai-lsp was not found. This installs it: ${how}`;
  const actions = configured ? [SAY_WHERE, OPEN] : [OPEN, SAY_WHERE];
  const chosen = await window.showWarningMessage(where, ...actions);
  if (chosen === OPEN) {
    await typeInstallation();
  } else if (chosen === SAY_WHERE) {
    await sayWhere();
  }
}

async function sayMissing(text: string): Promise<void> {
  const chosen = await window.showWarningMessage(
    text.startsWith("kai") ? text : `kai: ${text}`,
    GET_PYTHON,
    SAY_WHERE,
    TRY_AGAIN,
  );
  if (chosen === GET_PYTHON) {
    await env.openExternal(Uri.parse("https://www.python.org/downloads/"));
  } else if (chosen === SAY_WHERE) {
    await sayWhere();
  } else if (chosen === TRY_AGAIN) {
    await commands.executeCommand("kai.restart");
  }
}

async function sayWhere(): Promise<void> {
  await commands.executeCommand("workbench.action.openSettings", "kai.serverPath");
}
