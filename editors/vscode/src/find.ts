/** Where `kai-lsp` is. Knows nothing of the editor, so that it is tested without one. */

import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { posix, win32 } from "node:path";

/** Where to look, as the editor and the system say it. */
export interface Surroundings {
  /** `kai.serverPath`; empty where the user set none. */
  readonly configured: string;
  readonly home: string;
  /** The environment's `PATH`. */
  readonly path: string;
  readonly platform: NodeJS.Platform;
  /** The Python interpreter that is selected; undefined where there is none or it is not trusted. */
  readonly python: string | undefined;
  /** Folders that are open; nothing in them is run because `PATH` happens to lead there. */
  readonly folders: readonly string[];
  readonly trusted: boolean;
}

/** The program, or what was tried. */
export type Found = { readonly program: string } | { readonly tried: readonly string[] };

/** The first `kai-lsp` that can be run; a configured path is the only one that counts. */
export async function find(
  around: Surroundings,
  runs: (program: string) => Promise<boolean> = isProgram,
): Promise<Found> {
  const tried: string[] = [];
  for (const program of candidates(around)) {
    if (await runs(program)) {
      return { program };
    }
    tried.push(program);
  }
  return { tried };
}

/** Every place where it may be, the likeliest first. */
export function candidates(around: Surroundings): string[] {
  const path = around.platform === "win32" ? win32 : posix;
  const configured = around.configured.trim();
  if (configured !== "") {
    return [untilded(configured, around.home, path.sep)];
  }
  const name = around.platform === "win32" ? "kai-lsp.exe" : "kai-lsp";
  const listed = around.path
    .split(path.delimiter)
    // A relative entry would mean a program of whatever folder the editor was started in.
    .filter((folder) => path.isAbsolute(folder))
    .filter((folder) => around.trusted || !around.folders.some((one) => inside(folder, one, path)));
  const folders = [...listed, path.join(around.home, ".local", "bin")];
  if (around.python !== undefined && around.trusted) {
    folders.push(path.dirname(around.python));
  }
  return [...new Set(folders.map((folder) => path.join(folder, name)))];
}

function untilded(program: string, home: string, separator: string): string {
  return program === "~" || program.startsWith("~/") || program.startsWith(`~${separator}`)
    ? home + program.slice(1)
    : program;
}

function inside(folder: string, outer: string, path: typeof posix): boolean {
  const way = path.relative(outer, folder);
  return way === "" || !(way.startsWith("..") || path.isAbsolute(way));
}

async function isProgram(program: string): Promise<boolean> {
  try {
    await access(program, constants.X_OK);
    return (await stat(program)).isFile();
  } catch {
    return false;
  }
}
