/** The commands of the palette: the server's code actions for the line of the cursor, by name.
 *
 *  They are asked of the server itself: through the editor an edit would come back without the
 *  question that has to be asked before it is made.
 */

import { commands, window } from "vscode";
import type { CodeAction } from "vscode-languageclient/node";
import { isExplanation, isOffer, named } from "./offers";
import type { Server } from "./server";

const NO_REQUEST =
  "kai: there is no request here. Put the cursor on a comment such as: # ai: pods that restart in prod";

/** Put the server's first answer under the comment at the cursor. */
export async function generateHere(server: Server): Promise<void> {
  const [first] = await offers(server);
  if (first !== undefined) {
    await server.perform(first);
  }
}

/** Show everything that the server has for the comment at the cursor, to choose from. */
export async function showAlternatives(server: Server): Promise<void> {
  const found = await offers(server);
  if (found.length === 0) {
    return;
  }
  const entries = found.map((action) => ({ label: named(action.title), action }));
  const chosen = await window.showQuickPick(entries, { title: "kai" });
  if (chosen !== undefined) {
    await server.perform(chosen.action);
  }
}

async function offers(server: Server): Promise<CodeAction[]> {
  const editor = window.activeTextEditor;
  if (editor === undefined) {
    return [];
  }
  const found = (await server.actions(editor.document, editor.selection)).filter(isOffer);
  if (found.length === 0) {
    void window.showInformationMessage(NO_REQUEST);
  }
  return found;
}

/** Say in words what the command at the cursor does. */
export async function explainHere(server: Server): Promise<void> {
  const editor = window.activeTextEditor;
  if (editor === undefined) {
    return;
  }
  if (await server.explains(editor.document, editor.selection.active)) {
    await commands.executeCommand("editor.action.showHover", { focus: "focusIfVisible" });
    return;
  }
  // Beside the command, on its line, there is no hover: the server says it.
  const asked = (await server.actions(editor.document, editor.selection)).find(isExplanation);
  if (asked === undefined) {
    void window.showInformationMessage("kai: there is no kubectl command on this line");
    return;
  }
  await server.perform(asked);
}

/** Answer every request of the file that has no command yet. */
export async function generateFile(): Promise<void> {
  const editor = window.activeTextEditor;
  if (editor !== undefined) {
    await commands.executeCommand("kai.generateAll", editor.document.uri.toString());
  }
}

/** Say how much is found in the file, and show it. */
export async function checkFile(server: Server): Promise<void> {
  const document = window.activeTextEditor?.document;
  if (document === undefined) {
    return;
  }
  const name = document.uri.path.split("/").pop() ?? "";
  const count = await server.findings(document);
  if (count === undefined) {
    void window.showInformationMessage(`kai does not read ${name}`);
  } else if (count === 0) {
    void window.showInformationMessage(`kai finds nothing to say about ${name}`);
  } else {
    void window.showInformationMessage(
      `kai has ${count === 1 ? "one remark" : `${count} remarks`} on ${name}`,
    );
    await commands.executeCommand("workbench.actions.view.problems");
  }
}
