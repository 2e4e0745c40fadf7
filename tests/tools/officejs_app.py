"""What an Office.js add-in talks to, on loopback: the functions over HTTP through xlwings' own PRO code.

    XLWINGS_LICENSE_KEY=noncommercial XLWINGS_ON_SERVER=true python tests/tools/officejs_app.py MODULE_OR_FILE

Prints its port. GET /meta is the add-in's description of the functions, POST /call one call. xlwings.pro is free for
non-commercial use only; nothing but `make test-pro` starts this.
"""

import importlib
import importlib.util
import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from xlwings import server


def loaded(name):
    """A module by its name, or the file of that path as `main`."""
    if not name.endswith(".py"):
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location("main", name)
    module = sys.modules["main"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


functions = loaded(sys.argv[1])


async def meta(request):
    return JSONResponse(server.custom_functions_meta(functions))


async def call(request):
    return JSONResponse({"result": await server.custom_functions_call(await request.json(), functions)})


app = Starlette(routes=[Route("/meta", meta), Route("/call", call, methods=["POST"])])

if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])
