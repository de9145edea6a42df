/** kai in VS Code: what is started, shown and offered. The work is done by the server. */

import { commands, type ExtensionContext, window, workspace } from "vscode";
import { checkFile, explainHere, generateFile, generateHere, showAlternatives } from "./actions";
import { reads } from "./documents";
import { offer, typeInstallation } from "./install";
import { menu } from "./menu";
import { selectModel } from "./model";
import { Server } from "./server";
import { Status } from "./status";

let server: Server | undefined;

export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel("kai", { log: true });
  const status = new Status();
  const started = new Server(log, (configured, tried) => void offer(configured, tried));
  server = started;
  context.subscriptions.push(log, status, started);

  const reading = () => {
    const document = window.activeTextEditor?.document;
    const read = document !== undefined && reads(document);
    void commands.executeCommand("setContext", "kai.readsLanguage", read);
  };

  context.subscriptions.push(
    started.onChange(() => {
      status.show(started.phase, started.standing);
      void commands.executeCommand("setContext", "kai.ready", started.ready);
    }),
    window.onDidChangeActiveTextEditor(reading),
    workspace.onDidGrantWorkspaceTrust(() => void started.restart()),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("kai.serverPath")) {
        void started.restart();
      }
    }),
    // What was missing may have been installed in it.
    window.onDidCloseTerminal(() => {
      if (started.phase === "missing") {
        void started.restart();
      }
    }),
    commands.registerCommand("kai.generateHere", () => generateHere(started)),
    commands.registerCommand("kai.generateFile", generateFile),
    commands.registerCommand("kai.showAlternatives", () => showAlternatives(started)),
    commands.registerCommand("kai.explainHere", () => explainHere(started)),
    commands.registerCommand("kai.checkFile", () => checkFile(started)),
    commands.registerCommand("kai.restart", () => started.restart()),
    commands.registerCommand("kai.showLog", () => log.show()),
    commands.registerCommand("kai.install", typeInstallation),
    commands.registerCommand("kai.menu", () => menu(started.phase, started.standing)),
    commands.registerCommand("kai.selectModel", () => selectModel(started)),
  );
  reading();
  void started.restart();
}

export async function deactivate(): Promise<void> {
  await server?.end();
}
