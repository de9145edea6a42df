/** The Python environment that the user has selected, where the Python extension is there. */

import { extensions, type Uri } from "vscode";

interface PythonApi {
  readonly environments?: {
    getActiveEnvironmentPath(resource?: Uri): { readonly path: string };
  };
}

/** The interpreter's path; undefined where nothing is selected or the extension is not there. */
export async function selectedPython(folder: Uri | undefined): Promise<string | undefined> {
  const extension = extensions.getExtension<PythonApi>("ms-python.python");
  if (extension === undefined) {
    return undefined;
  }
  try {
    const api = extension.isActive ? extension.exports : await extension.activate();
    const path = api.environments?.getActiveEnvironmentPath(folder).path;
    // Without a selection it is the bare word that PATH would be asked for.
    return path?.includes("/") || path?.includes("\\") ? path : undefined;
  } catch {
    return undefined; // an extension of others may fail; kai-lsp may be elsewhere
  }
}
