/** A notification with "Cancel" while a model works. The client alone would show the server's
 *  progress in the status bar, where nobody finds how to stop it. */

import { type Progress, ProgressLocation, window } from "vscode";
import {
  type Middleware,
  type ProgressToken,
  WorkDoneProgressCancelNotification,
} from "vscode-languageclient";
import type { LanguageClient } from "vscode-languageclient/node";

/** Milliseconds before it is shown: what is answered at once needs no notification. */
const PATIENCE = 250;

interface Shown {
  readonly end: () => void;
  readonly report: (message: string) => void;
}

/** Shows each progress that a server begins; a middleware's `handleWorkDoneProgress`. */
export class Notifications {
  private readonly shown = new Map<ProgressToken, Shown>();

  constructor(private readonly client: () => LanguageClient | undefined) {}

  readonly handle: NonNullable<Middleware["handleWorkDoneProgress"]> = (token, params, next) => {
    switch (params.kind) {
      case "begin":
        this.shown.get(token)?.end();
        this.shown.set(token, this.show(token, params.title, params.message));
        return;
      case "report":
        if (params.message !== undefined) {
          this.shown.get(token)?.report(params.message);
        }
        return;
      case "end":
        this.shown.get(token)?.end();
        this.shown.delete(token);
        next(token, params); // the client forgets the token
        return;
    }
  };

  /** Take all of them away: the server has gone. */
  clear(): void {
    for (const one of this.shown.values()) {
      one.end();
    }
    this.shown.clear();
  }

  private show(token: ProgressToken, title: string, first: string | undefined): Shown {
    let told: Progress<{ message?: string }> | undefined;
    let message = first;
    let ended = false;
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const timer = setTimeout(() => {
      void window.withProgress(
        { location: ProgressLocation.Notification, title, cancellable: true },
        (progress, cancelled) => {
          told = progress;
          if (message !== undefined) {
            progress.report({ message });
          }
          cancelled.onCancellationRequested(() => {
            void this.client()?.sendNotification(WorkDoneProgressCancelNotification.type, {
              token,
            });
          });
          return over;
        },
      );
    }, PATIENCE);
    return {
      end: () => {
        ended = true;
        clearTimeout(timer);
        end();
      },
      report: (text) => {
        message = text;
        if (!ended) {
          told?.report({ message: text });
        }
      },
    };
  }
}
