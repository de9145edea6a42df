/** The language server's life: found, started, told of trust, started again, stopped. */

import { homedir } from "node:os";
import {
  CodeActionTriggerKind,
  commands,
  type Disposable,
  EventEmitter,
  type LogOutputChannel,
  type Position,
  type Range,
  type TextDocument,
  Uri,
  window,
  workspace,
} from "vscode";
import {
  type CodeAction,
  CodeActionRequest,
  DocumentDiagnosticRequest,
  type Executable,
  HoverRequest,
  LanguageClient,
  type LanguageClientOptions,
  State,
  TransportKind,
} from "vscode-languageclient/node";
import { reads, selector } from "./documents";
import { find } from "./find";
import { Notifications } from "./progress";
import { selectedPython } from "./python";
import { type Phase, type Standing, standing } from "./state";

/** The kind of every action of the server. */
const KIND = "quickfix.kai";

/** The server's own: how it stands, and that this has changed. Older ones tell nothing. */
const STATUS = "kai/status";
const STATUS_CHANGED = "kai/statusChanged";

export class Server implements Disposable {
  private client: LanguageClient | undefined;
  private queue: Promise<void> = Promise.resolve();
  private readonly changes = new EventEmitter<void>();
  private readonly notifications = new Notifications(() => this.client);
  private current: Phase = "stopped";
  private known: Standing | undefined;
  private startedProgram: string | undefined;

  /** It has begun, ended, or told something new. */
  readonly onChange = this.changes.event;

  /** `missing` is told what was tried where no `kai-lsp` is found. */
  constructor(
    private readonly log: LogOutputChannel,
    private readonly missing: (configured: string, tried: readonly string[]) => void,
  ) {}

  get phase(): Phase {
    return this.current;
  }

  get ready(): boolean {
    return this.client?.isRunning() ?? false;
  }

  /** Start it, after stopping the one that runs; calls take their turns. */
  restart(): Promise<void> {
    this.queue = this.queue.then(async () => {
      await this.stop();
      await this.start();
    });
    return this.queue;
  }

  /** Stop it for good. */
  end(): Promise<void> {
    this.queue = this.queue.then(() => this.stop());
    return this.queue;
  }

  /** What commands would meet and who answers; undefined where the server has not said it. */
  get standing(): Standing | undefined {
    return this.ready ? this.known : undefined;
  }

  /** The `kai-lsp` that runs. */
  get program(): string | undefined {
    return this.startedProgram;
  }

  /** How many findings a document has, asked of the server now; undefined where it is not read. */
  async findings(document: TextDocument): Promise<number | undefined> {
    if (this.client === undefined || !reads(document)) {
      return undefined;
    }
    const report = await this.client.sendRequest(DocumentDiagnosticRequest.type, {
      textDocument: this.client.code2ProtocolConverter.asTextDocumentIdentifier(document),
      identifier: "kai",
    });
    return "items" in report ? report.items.length : undefined;
  }

  /** Whether the server has a hover for a place. */
  async explains(document: TextDocument, position: Position): Promise<boolean> {
    if (this.client === undefined || !reads(document)) {
      return false;
    }
    const { asTextDocumentIdentifier, asPosition } = this.client.code2ProtocolConverter;
    const found = await this.client.sendRequest(HoverRequest.type, {
      textDocument: asTextDocumentIdentifier(document),
      position: asPosition(position),
    });
    return found !== null;
  }

  /** The server's actions for a place, as it sends them. */
  async actions(document: TextDocument, range: Range): Promise<CodeAction[]> {
    if (this.client === undefined || !reads(document)) {
      return [];
    }
    const found = await this.client.sendRequest(CodeActionRequest.type, {
      textDocument: this.client.code2ProtocolConverter.asTextDocumentIdentifier(document),
      range: this.client.code2ProtocolConverter.asRange(range),
      context: { diagnostics: [], only: [KIND] },
    });
    return (found ?? []).filter((one): one is CodeAction => typeof one.command !== "string");
  }

  /** Do what an action says: its edit, unless the document has moved on, then its command. */
  async perform(action: CodeAction): Promise<void> {
    if (action.edit !== undefined && this.client !== undefined) {
      if (stale(action)) {
        void window.showInformationMessage("kai: the file was changed meanwhile; ask again");
        return;
      }
      const edit = await this.client.protocol2CodeConverter.asWorkspaceEdit(action.edit);
      if (!(await workspace.applyEdit(edit))) {
        void window.showInformationMessage("kai: nothing was written");
        return;
      }
    }
    if (action.command !== undefined) {
      await commands.executeCommand(action.command.command, ...(action.command.arguments ?? []));
    }
  }

  dispose(): void {
    this.changes.dispose();
  }

  private async start(): Promise<void> {
    this.enter("starting");
    const folders = workspace.workspaceFolders ?? [];
    const configured = workspace.getConfiguration("kai").get("serverPath", "");
    const trusted = workspace.isTrusted;
    const found = await find({
      configured,
      home: homedir(),
      path: process.env.PATH ?? "",
      platform: process.platform,
      python: trusted && configured === "" ? await selectedPython(folders[0]?.uri) : undefined,
      folders: folders.map((folder) => folder.uri.fsPath),
      trusted,
    });
    if ("tried" in found) {
      this.log.warn(`kai-lsp was not found; tried ${found.tried.join(", ")}`);
      this.enter("missing");
      this.missing(configured, found.tried);
      return;
    }
    this.log.info(`starting ${found.program}`);
    const client = this.made(found.program, trusted);
    this.client = client;
    this.startedProgram = found.program;
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) {
        this.enter(trusted ? "ready" : "untrusted");
        void this.ask(client); // also one that has come again by itself
      } else {
        this.notifications.clear();
        this.enter(newState === State.Starting ? "starting" : "failed");
      }
    });
    client.onNotification(STATUS_CHANGED, (told: unknown) => this.learn(client, told));
    try {
      await client.start();
    } catch (error) {
      this.log.error(`kai-lsp did not start: ${String(error)}`);
      this.enter("failed");
    }
  }

  private async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.notifications.clear();
    if (client !== undefined) {
      try {
        await client.dispose();
      } catch (error) {
        this.log.warn(`kai-lsp did not stop as asked: ${String(error)}`);
      }
      this.enter("stopped");
    }
  }

  private made(program: string, trusted: boolean): LanguageClient {
    const executable: Executable = { command: program, transport: TransportKind.stdio };
    const options: LanguageClientOptions = {
      documentSelector: selector,
      outputChannel: this.log,
      traceOutputChannel: this.log,
      initializationOptions: { kai: { ...settings(), trusted } },
      // Faults are shown by the status item; the log is opened by whoever wants it.
      initializationFailedHandler: () => false,
      middleware: {
        handleWorkDoneProgress: this.notifications.handle,
        // Who has all quick fixes made on saving did not mean that commands are written for them.
        provideCodeActions: (document, range, context, token, next) =>
          context.triggerKind === CodeActionTriggerKind.Automatic && context.only !== undefined
            ? []
            : next(document, range, context, token),
      },
    };
    return new LanguageClient("kai", "kai", executable, options);
  }

  /** Ask how it stands; from then on it tells by itself what changes. */
  private async ask(client: LanguageClient): Promise<void> {
    try {
      this.learn(client, await client.sendRequest(STATUS));
    } catch (error) {
      this.log.info(`kai-lsp does not say how it stands: ${String(error)}`);
    }
  }

  private learn(client: LanguageClient, told: unknown): void {
    if (client === this.client) {
      this.known = standing(told);
      this.changes.fire();
    }
  }

  private enter(phase: Phase): void {
    if (phase !== "ready" && phase !== "untrusted") {
      this.known = undefined;
    }
    this.current = phase;
    this.changes.fire();
  }
}

/** What the user has set, for the very first answers; later the server asks. */
function settings(): Record<string, unknown> {
  const { diagnostics, codeLens, explainDestructive, severity } = workspace.getConfiguration("kai");
  return { diagnostics, codeLens, explainDestructive, severity };
}

/** Whether an action's edit was made for another version of a document than the one that is open. */
function stale(action: CodeAction): boolean {
  return (action.edit?.documentChanges ?? []).some((change) => {
    if (!("textDocument" in change)) {
      return false;
    }
    const { uri, version } = change.textDocument;
    const open = workspace.textDocuments.find(
      (one) => one.uri.toString() === Uri.parse(uri).toString(),
    );
    return version !== null && open?.version !== version;
  });
}
