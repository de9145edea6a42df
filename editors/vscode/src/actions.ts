/** The commands of the palette: the server's code actions for the line of the cursor, by name. */

import { type CodeAction, commands, Range, type TextEditor, window } from "vscode";
import { isExplanation, isOffer } from "./offers";
import type { Server } from "./server";

const KIND = "quickfix.kai";

/** Put the server's first answer under the comment at the cursor. */
export async function generateHere(): Promise<void> {
  await offered("first");
}

/** Show everything that the server has for the comment at the cursor, to choose from. */
export async function showAlternatives(): Promise<void> {
  await offered("never");
}

async function offered(apply: "first" | "never"): Promise<void> {
  const editor = window.activeTextEditor;
  if (editor === undefined) {
    return;
  }
  const found = await actionsAt(editor);
  if (!found.some(isOffer)) {
    void window.showInformationMessage(
      "kai: there is no request here. Put the cursor on a comment such as: # ai: pods that restart in prod",
    );
    return;
  }
  // The editor's own command applies an edit as its light bulb does: with a preview where asked.
  await commands.executeCommand("editor.action.codeAction", { kind: KIND, apply });
}

/** Say in words what the command at the cursor does. */
export async function explainHere(): Promise<void> {
  const editor = window.activeTextEditor;
  if (editor === undefined) {
    return;
  }
  const asked = (await actionsAt(editor)).find(isExplanation)?.command;
  if (asked === undefined) {
    void window.showInformationMessage("kai: there is no kubectl command on this line");
    return;
  }
  await commands.executeCommand(asked.command, ...(asked.arguments ?? []));
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
  const count = await server.findings(document.uri.toString());
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

async function actionsAt(editor: TextEditor): Promise<CodeAction[]> {
  const { active } = editor.selection;
  const found = await commands.executeCommand<CodeAction[] | undefined>(
    "vscode.executeCodeActionProvider",
    editor.document.uri,
    new Range(active, active),
    KIND,
  );
  return found ?? [];
}
