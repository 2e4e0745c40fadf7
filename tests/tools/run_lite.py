"""Calls functions of the single file for xlwings Lite. Runs on its own: under a bare CPython or under Pyodide.

`run(source, requests)`: the file's text, and a list of [function, arguments]; gives each result as JSON holds it.
"""

import json
import pathlib
import sys
import types


def stub():
    """A module `xlwings` that registers nothing."""
    module = types.ModuleType("xlwings")
    module.func = lambda *given, **options: given[0] if given else (lambda function: function)
    module.arg = lambda *given, **options: lambda function: function
    return module


def run(source, requests):
    """The results of the calls, in order, as JSON."""
    sys.modules.setdefault("xlwings", stub())
    names = {"__name__": "main"}  # the add-in may run it under any name: it is in no list of modules
    exec(compile(source, "main.py", "exec"), names)
    results = [names[name](*given) for name, given in json.loads(requests)]
    strangers = sorted({name.partition(".")[0] for name in sys.modules} & {"pandas", "lossmit_xl", "lossmit_udfs"})
    return json.dumps({"results": results, "strangers": strangers, "python": sys.version})


if __name__ == "__main__":
    source, calls = (pathlib.Path(path).read_text(encoding="utf-8") for path in sys.argv[1:])
    print(run(source, calls))
