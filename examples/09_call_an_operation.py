"""Call an operation, find resources and hear of changes: `python examples/09_call_an_operation.py 你好`.

UCS_GRPC and UCS_TOKEN say where and as whom. It needs `ucs-sdk[client]`, and a platform on which the plugin `echo` is enabled.
"""

import os
import sys

from ucs_sdk import UcsError
from ucs_sdk.client import Client

with Client(os.environ.get("UCS_GRPC", "127.0.0.1:50051"), token=os.environ["UCS_TOKEN"], locale="zh") as client:
    try:
        for operation in client.operations("echo"):
            print(f"{operation.name}  {operation.title.zh}")
        print(client.invoke("echo.say", {"text": sys.argv[1]})["text"])
        for letter in client.stream("echo.spell", {"text": sys.argv[1]}):
            print(letter["text"])
        found = client.list(type="operation")
        print(*[resource.title.zh for resource in found], sep="、")
        with client.watch(found.position) as changes:
            print(f"日志位置 {changes.position} 之后的变更，可由 changes 逐项取得")
    except UcsError as error:
        sys.exit(str(error))
