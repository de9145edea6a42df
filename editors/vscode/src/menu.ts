/** What the status item opens. */

import { commands, window } from "vscode";
import { explained, type Phase, type Standing } from "./state";

const ENTRIES: readonly { label: string; command: string; in: readonly Phase[] }[] = [
  {
    label: "$(sparkle) Generate the command for this comment",
    command: "kai.generateHere",
    in: ["ready", "untrusted"],
  },
  {
    label: "$(list-unordered) Show alternatives",
    command: "kai.showAlternatives",
    in: ["ready", "untrusted"],
  },
  { label: "$(book) Explain this command", command: "kai.explainHere", in: ["ready", "untrusted"] },
  { label: "$(checklist) Check this file", command: "kai.checkFile", in: ["ready", "untrusted"] },
  { label: "$(server) Select model", command: "kai.selectModel", in: ["ready", "untrusted"] },
  { label: "$(cloud-download) Install kai-lsp", command: "kai.install", in: ["missing"] },
  { label: "$(debug-restart) Restart the language server", command: "kai.restart", in: [] },
  { label: "$(output) Open the log", command: "kai.showLog", in: [] },
  { label: "$(gear) Settings", command: "workbench.action.openSettings", in: [] },
];

/** Offer what makes sense in a phase; entries without one always do. Above them is said how kai stands. */
export async function menu(phase: Phase, standing: Standing | undefined): Promise<void> {
  const entries = ENTRIES.filter((entry) => entry.in.length === 0 || entry.in.includes(phase));
  const chosen = await window.showQuickPick(entries, {
    title: "kai",
    placeHolder: standing === undefined ? "" : explained(standing).join(" \u00b7 "),
  });
  if (chosen !== undefined) {
    const settings = chosen.command === "workbench.action.openSettings";
    await commands.executeCommand(chosen.command, ...(settings ? ["kai."] : []));
  }
}
