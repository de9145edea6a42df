/** Which documents kai reads. */

import { languages, type TextDocument } from "vscode";

/** Language ids whose comments or commands the server reads and operators write. */
const LANGUAGES = [
  "shellscript",
  "fish",
  "bats",
  "dotenv",
  "yaml",
  "dockercompose",
  "github-actions-workflow",
  "gitlab-ci",
  "azure-pipelines",
  "ansible",
  "helm",
  "home-assistant",
  "makefile",
  "dockerfile",
  "markdown",
  "just",
  "groovy",
  "jenkinsfile",
  "terraform",
  "hcl",
  "starlark",
  "tiltfile",
  "python",
];

/** Names of files that many editors have no language for. */
const PATTERNS = [
  "**/{justfile,Justfile,.justfile,*.just}",
  "**/{Jenkinsfile,Jenkinsfile.*}",
  "**/Tiltfile",
  "**/{.envrc,.aliases,*.bats,*.fish,*.zsh}",
  "**/*.{yaml,yml}.{tmpl,tpl,gotmpl,j2,dist,example,sample}",
];

/** Saved files and those that have no name yet. */
const SCHEMES = ["file", "untitled"];

export const selector: { scheme: string; language?: string; pattern?: string }[] = SCHEMES.flatMap(
  (scheme) => [
    ...LANGUAGES.map((language) => ({ scheme, language })),
    ...PATTERNS.map((pattern) => ({ scheme, pattern })),
  ],
);

/** Whether kai reads a document. */
export function reads(document: TextDocument): boolean {
  return languages.match(selector, document) > 0;
}
