"""Find resources over gRPC: `python examples/03_find_over_grpc.py 积水`.

UCS_GRPC and UCS_TOKEN say where and as whom; the catalogue answers with what that caller may see, and no more.
"""

import os
import sys

import grpc

from ucs.registry.v1.finding_pb2 import ResourceFilter
from ucs.registry.v1.resource_service_pb2 import ListResourcesRequest
from ucs.registry.v1.resource_service_pb2_grpc import ResourceServiceStub

with grpc.insecure_channel(os.environ.get("UCS_GRPC", "127.0.0.1:50051")) as channel:
    answer = ResourceServiceStub(channel).List(
        ListResourcesRequest(filter=ResourceFilter(search=sys.argv[1]), page_size=3, include_counts=True),
        metadata=[("authorization", f"Bearer {os.environ['UCS_TOKEN']}"), ("accept-language", "zh")],
        timeout=10,
    )

print(f"共 {answer.total_size} 项，日志位置 {answer.position}")
for resource in answer.resources:
    print(f"{resource.code}  {resource.content.title.zh}  {'可读' if resource.readable else '仅目录'}")
