/** The item in the status bar: whether kai is ready, and which cluster commands would meet. */

import { type Disposable, MarkdownString, StatusBarAlignment, ThemeColor, window } from "vscode";
import { type Cluster, labelled, type Phase } from "./state";

export class Status implements Disposable {
  private readonly item = window.createStatusBarItem("kai.status", StatusBarAlignment.Right, 90);

  constructor() {
    this.item.name = "kai";
    this.item.command = "kai.menu";
  }

  /** Show a phase; `cluster` only counts while kai is ready. */
  show(phase: Phase, cluster?: Cluster): void {
    const label = labelled(phase, cluster);
    this.item.text = label.text;
    this.item.tooltip = new MarkdownString();
    this.item.tooltip.appendText(label.tooltip);
    this.item.accessibilityInformation = { label: label.tooltip };
    this.item.backgroundColor =
      label.colour === undefined
        ? undefined
        : new ThemeColor(`statusBarItem.${label.colour}Background`);
    this.item.show();
  }

  dispose(): void {
    this.item.dispose();
  }
}
