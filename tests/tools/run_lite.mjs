// Calls functions of the single file for xlwings Lite under Pyodide: node run_lite.mjs RUNNER MAIN CALLS [NUMPY_WHEEL]
// Without a numpy wheel it compiles the file, and says which of the modules named on stdin this Python lacks.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";

const [runner, main, calls, wheel] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const { loadPyodide } = require("pyodide");
const home = dirname(require.resolve("pyodide/package.json")) + "/";
const pyodide = await loadPyodide({ indexURL: home });
process.on("uncaughtException", (error) => { console.error(error.message); process.exit(1); }); // not its source
const text = (path) => readFileSync(path, "utf8");
pyodide.globals.set("source", text(main));
if (wheel) {
  pyodide.unpackArchive(new Uint8Array(readFileSync(wheel)), "wheel");
  pyodide.globals.set("requests", text(calls));
  pyodide.globals.set("__name__", "run_lite");
  pyodide.runPython(text(runner));
  console.log(pyodide.runPython("run(source, requests)"));
} else {
  pyodide.globals.set("wanted", calls);
  console.log(pyodide.runPython(`
import importlib.util, json, sys
compile(source, "main.py", "exec")
json.dumps({"python": sys.version, "lacking": [n for n in wanted.split(",") if importlib.util.find_spec(n) is None]})
`));
}
