/** The language server's life: found, started, told of trust, started again, stopped. */

import { homedir } from "node:os";
import { type Disposable, EventEmitter, type LogOutputChannel, workspace } from "vscode";
import {
  DocumentDiagnosticRequest,
  type Executable,
  LanguageClient,
  type LanguageClientOptions,
  State,
  TransportKind,
} from "vscode-languageclient/node";
import { selector } from "./documents";
import { find } from "./find";
import { Notifications } from "./progress";
import { selectedPython } from "./python";
import { type Cluster, cluster, type Phase } from "./state";

/** JSON-RPC's code for a request that the other side does not know. */
const METHOD_NOT_FOUND = -32601;

export class Server implements Disposable {
  private client: LanguageClient | undefined;
  private queue: Promise<void> = Promise.resolve();
  private readonly phases = new EventEmitter<Phase>();
  private readonly notifications = new Notifications(() => this.client);
  private tellsStatus = true;
  private current: Phase = "stopped";

  readonly onPhase = this.phases.event;

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

  /** What commands would meet; undefined where the server does not say it. */
  async status(): Promise<Cluster | undefined> {
    if (!this.ready || !this.tellsStatus) {
      return undefined;
    }
    try {
      return cluster(await this.client?.sendRequest("kai/status", {}));
    } catch (error) {
      if ((error as { code?: unknown }).code === METHOD_NOT_FOUND) {
        this.tellsStatus = false;
      }
      return undefined;
    }
  }

  /** How many findings a document has, asked of the server now; undefined where it cannot say. */
  async findings(uri: string): Promise<number | undefined> {
    const report = await this.client?.sendRequest(DocumentDiagnosticRequest.type, {
      textDocument: { uri },
      identifier: "kai",
    });
    return report !== undefined && "items" in report ? report.items.length : undefined;
  }

  dispose(): void {
    this.phases.dispose();
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
    this.tellsStatus = true;
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) {
        this.enter(trusted ? "ready" : "untrusted");
      } else {
        this.notifications.clear();
        this.enter(newState === State.Starting ? "starting" : "failed");
      }
    });
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
      middleware: { handleWorkDoneProgress: this.notifications.handle },
    };
    return new LanguageClient("kai", "kai", executable, options);
  }

  private enter(phase: Phase): void {
    this.current = phase;
    this.phases.fire(phase);
  }
}

/** What the user has set, for the very first answers; later the server asks. */
function settings(): Record<string, unknown> {
  const { diagnostics, codeLens, explainDestructive, severity } = workspace.getConfiguration("kai");
  return { diagnostics, codeLens, explainDestructive, severity };
}
