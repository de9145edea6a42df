/** Which documents kai reads. */

import type { DocumentSelector } from "vscode-languageclient/node";

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

export const selector: DocumentSelector = SCHEMES.flatMap((scheme) => [
  ...LANGUAGES.map((language) => ({ scheme, language })),
  ...PATTERNS.map((pattern) => ({ scheme, pattern })),
]);
