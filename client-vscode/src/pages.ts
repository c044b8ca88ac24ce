/** Opens the page of a rule: of the finding at the cursor, or of one that is picked from the file. */

import { type Diagnostic, env, languages, type Uri, window } from "vscode";

interface Page {
  readonly label: string;
  readonly description: string;
  readonly target: Uri;
}

export async function openRulePage(): Promise<void> {
  const editor = window.activeTextEditor;
  const found = editor === undefined ? [] : languages.getDiagnostics(editor.document.uri).filter(isOurs);
  const here = found.filter((one) => editor !== undefined && one.range.contains(editor.selection.active));
  const pages = pagesOf(here.length > 0 ? here : found);
  const [only] = pages;
  if (only === undefined) {
    await window.showInformationMessage("Twice has found nothing in this file, so there is no rule to read about.");
    return;
  }
  const page = pages.length === 1 ? only : await window.showQuickPick(pages, { placeHolder: "Whose page?" });
  if (page !== undefined) {
    await env.openExternal(page.target);
  }
}

function isOurs(diagnostic: Diagnostic): boolean {
  return diagnostic.source === "twice";
}

/** One page for each code; several findings of a rule share theirs. */
function pagesOf(diagnostics: readonly Diagnostic[]): Page[] {
  const pages = new Map<string, Page>();
  for (const { code, message } of diagnostics) {
    if (typeof code === "object") {
      pages.set(String(code.value), { label: String(code.value), description: message, target: code.target });
    }
  }
  return [...pages.values()];
}
