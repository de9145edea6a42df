/** Which model answers: a setting of kai's own, which the shell and the editors share. */

import { execFile } from "node:child_process";
import { dirname, extname, join } from "node:path";
import { promisify } from "node:util";
import { window } from "vscode";
import type { Server } from "./server";
import { explained } from "./state";

const KEY = "llm.model";

/** Ask for a model's name and write it where kai reads it. */
export async function selectModel(server: Server): Promise<void> {
  const { program, standing } = server;
  if (program === undefined) {
    void window.showWarningMessage("kai: there is no kai-lsp here whose model could be chosen");
    return;
  }
  // The two are always installed together.
  const kai = join(dirname(program), `kai${extname(program)}`);
  try {
    const now = await told(kai, "get", KEY);
    const name = await window.showInputBox({
      title: "kai: Select Model",
      value: now,
      placeHolder: "for example qwen2.5-coder:7b",
      prompt: [
        "The model's name, as the program that runs it calls it; empty: kai chooses one.",
        ...(standing === undefined ? [] : explained(standing).filter(isOfModel)),
      ].join(" Now: "),
    });
    if (name === undefined || name.trim() === now) {
      return;
    }
    await told(kai, "set", KEY, name.trim());
    void window.showInformationMessage(
      name.trim() === "" ? "kai: kai chooses the model" : `kai: the model is ${name.trim()}`,
    );
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    const why = stderr?.trim().split("\n").pop() || String(error);
    void window.showErrorMessage(`kai: the model was not chosen: ${why}`);
  }
}

function isOfModel(line: string): boolean {
  return /^(no )?model\b/.test(line);
}

/** What `kai config` says. Throws what it fails with. */
async function told(kai: string, ...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(kai, ["config", ...words], { timeout: 20_000 });
  return stdout.trim();
}
