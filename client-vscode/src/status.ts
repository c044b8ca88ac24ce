/** The entry of the editor's language status: what the server is doing, and one click to what helps. */

import { type Disposable, type DocumentSelector, LanguageStatusSeverity, languages } from "vscode";

export class Status implements Disposable {
  readonly #item;

  constructor(selector: DocumentSelector) {
    this.#item = languages.createLanguageStatusItem("twice.status", selector);
    this.#item.name = "Twice";
  }

  starting(): void {
    this.#say("Twice", "starting", LanguageStatusSeverity.Information);
    this.#item.busy = true;
  }

  installing(): void {
    this.#say("Twice", "installing its server", LanguageStatusSeverity.Information);
    this.#item.busy = true;
  }

  running(version: string, from: string): void {
    this.#say(`Twice ${version}`.trimEnd(), `from ${from}`, LanguageStatusSeverity.Information);
  }

  off(): void {
    this.#say("Twice", "switched off", LanguageStatusSeverity.Information);
  }

  trouble(short: string): void {
    this.#say(`Twice: ${short}`, "", LanguageStatusSeverity.Error);
  }

  dispose(): void {
    this.#item.dispose();
  }

  #say(text: string, detail: string, severity: LanguageStatusSeverity): void {
    const failed = severity === LanguageStatusSeverity.Error;
    this.#item.busy = false;
    this.#item.text = text;
    this.#item.detail = detail;
    this.#item.severity = severity;
    this.#item.command = failed
      ? { command: "twice.showOutput", title: "Show Output" }
      : { command: "twice.showInformation", title: "Information" };
  }
}
