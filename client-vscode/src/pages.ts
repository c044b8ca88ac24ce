/** Opens the page of a rule: of the finding at the cursor, or of one that is picked from the file. The server writes it. */

import { commands, type Diagnostic, languages, type QuickPickItem, window } from "vscode";

export async function openRulePage(): Promise<void> {
  const rules = rulesHere();
  const [only] = rules;
  if (only === undefined) {
    await window.showInformationMessage("Twice has found nothing in this file, so there is no rule to read about.");
    return;
  }
  const chosen = rules.length === 1 ? only : await window.showQuickPick(rules, { placeHolder: "Which rule?" });
  if (chosen !== undefined) {
    await commands.executeCommand("twice.explain", chosen.label);
  }
}

/** The rules of the findings at the cursor, else of all findings of the file; each once. */
function rulesHere(): QuickPickItem[] {
  const editor = window.activeTextEditor;
  if (editor === undefined) {
    return [];
  }
  const found = languages.getDiagnostics(editor.document.uri).filter(({ source }) => source === "twice");
  const here = found.filter(({ range }) => range.contains(editor.selection.active));
  const rules = new Map<string, QuickPickItem>();
  for (const diagnostic of here.length > 0 ? here : found) {
    const label = codeOf(diagnostic);
    rules.set(label, { label, description: diagnostic.message });
  }
  return [...rules.values()];
}

function codeOf({ code }: Diagnostic): string {
  return String(typeof code === "object" ? code.value : code);
}
