/** What the status item opens. */

import { commands, window } from "vscode";
import type { Phase } from "./state";

const ENTRIES: readonly { label: string; command: string; in: readonly Phase[] }[] = [
  {
    label: "$(sparkle) Generate the command for this comment",
    command: "kai.generateHere",
    in: ["ready", "untrusted"],
  },
  { label: "$(book) Explain this command", command: "kai.explainHere", in: ["ready", "untrusted"] },
  { label: "$(checklist) Check this file", command: "kai.checkFile", in: ["ready", "untrusted"] },
  { label: "$(cloud-download) Install kai-lsp", command: "kai.install", in: ["missing"] },
  { label: "$(debug-restart) Restart the language server", command: "kai.restart", in: [] },
  { label: "$(output) Show the log", command: "kai.showLog", in: [] },
  { label: "$(gear) Settings", command: "workbench.action.openSettings", in: [] },
];

/** Offer what makes sense in a phase; entries without one always do. */
export async function menu(phase: Phase): Promise<void> {
  const entries = ENTRIES.filter((entry) => entry.in.length === 0 || entry.in.includes(phase));
  const chosen = await window.showQuickPick(entries, { title: "kai" });
  if (chosen !== undefined) {
    const settings = chosen.command === "workbench.action.openSettings";
    await commands.executeCommand(chosen.command, ...(settings ? ["kai."] : []));
  }
}
