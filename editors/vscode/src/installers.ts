/** What can install kai on this machine. Knows nothing of the editor, so that it is tested without
 *  one. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What to type, or what is missing for it. */
export type Way = { readonly command: string } | { readonly missing: string };

/** kai needs at least this one; its package says the same. */
const PYTHON = [3, 11] as const;

const PACKAGE = "kai-kubectl";

/** What is said where nothing may be tried. */
export const FIRST: Way = { command: `pipx install ${PACKAGE}` };

/** Whether a program runs, and what it prints; undefined where it does not. */
export type Run = (program: string, ...words: string[]) => Promise<string | undefined>;

/** The first way there is: tools that give kai an environment of its own, then Python's own means. */
export async function way(platform: NodeJS.Platform, run: Run = runs): Promise<Way> {
  if ((await run("pipx", "--version")) !== undefined) {
    return FIRST;
  }
  if ((await run("uv", "--version")) !== undefined) {
    return { command: `uv tool install ${PACKAGE}` };
  }
  const names = platform === "win32" ? ["py", "python"] : ["python3", "python"];
  let old: string | undefined;
  for (const name of names) {
    const version = await run(name, "-c", "import sys; print('%d.%d' % sys.version_info[:2])");
    if (version === undefined) {
      continue;
    }
    if (!enough(version)) {
      old ??= version.trim();
    } else if (platform === "win32") {
      return { command: `${name} -m pip install --user ${PACKAGE}` };
    } else {
      // Not with pip alone: the Python of many systems takes no packages beside the system's.
      const own = "~/.local/share/kai/venv";
      const link = `mkdir -p ~/.local/bin && ln -sf ${own}/bin/kai ${own}/bin/kai-lsp ~/.local/bin/`;
      return {
        command: `${name} -m venv ${own} && ${own}/bin/pip install ${PACKAGE} && ${link}`,
      };
    }
  }
  const found = old === undefined ? "no Python was found" : `only Python ${old} was found`;
  return {
    missing: `kai needs Python ${PYTHON.join(".")} or newer, and ${found}. ${HOW[platform] ?? HOW.linux}`,
  };
}

/** How one comes to a Python. */
const HOW: Partial<Record<NodeJS.Platform, string>> = {
  linux: "Install it with your system's packages (Debian, Ubuntu: apt install pipx).",
  darwin: "Install it, for example with Homebrew: brew install pipx.",
  win32: "Install it from the Microsoft Store or python.org.",
};

function enough(version: string): boolean {
  const [major = 0, minor = 0] = version.trim().split(".").map(Number);
  return major > PYTHON[0] || (major === PYTHON[0] && minor >= PYTHON[1]);
}

async function runs(program: string, ...words: string[]): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(program, words, { timeout: 10_000 })).stdout;
  } catch {
    return undefined;
  }
}
