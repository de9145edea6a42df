/** The item in the status bar: whether kai and its model are ready, and which cluster commands would
 *  meet. */

import { type Disposable, MarkdownString, StatusBarAlignment, ThemeColor, window } from "vscode";
import { labelled, type Phase, type Standing } from "./state";

export class Status implements Disposable {
  private readonly item = window.createStatusBarItem("kai.status", StatusBarAlignment.Right, 90);

  constructor() {
    this.item.name = "kai";
    this.item.command = "kai.menu";
  }

  /** Show a phase; `standing` only counts while kai is ready. */
  show(phase: Phase, standing?: Standing): void {
    const label = labelled(phase, standing);
    this.item.text = label.text;
    this.item.tooltip = new MarkdownString();
    this.item.tooltip.appendText(label.tooltip);
    this.item.accessibilityInformation = { label: label.tooltip.replaceAll("\n", "; ") };
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
