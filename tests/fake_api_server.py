"""A small Kubernetes API server for tests: enough for real kubectls to run against.

    with FakeApiServer(objects=[pod("web-1", "prod")]) as server:
        server.write_kubeconfig(path)
        ... kubectl --kubeconfig PATH get pods ...
        assert server.requests == [("GET", "/api/v1/pods?limit=500"), ...]

It answers discovery (aggregated and the older documents), lists, tables and single objects, keeps
nothing that is written to it (a POST, PUT or PATCH is answered with an object, a DELETE with
Success, a review of one's own access with yes) and notes every request: `requests` has method and
target, `traffic` the bodies too. `forbidden` names resources that are answered with 403; `silent`
makes it accept and never answer, until it is closed; `schemas` makes it serve OpenAPI documents,
without which kubectl creates and explains nothing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kai.kubectl.resources import Resource, builtin

Object = dict[str, Any]

TOKEN = "made-up-token"
"""What its kubeconfigs sign in with."""

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList"


def an_object(resource: str, name: str, namespace: str | None = None, **more: Any) -> Object:
    """One object of the kind that `resource` names, with the metadata kubectl wants."""
    known = builtin().find(resource)
    assert known is not None, resource
    metadata = {"name": name, "uid": f"uid-{resource}-{name}", "resourceVersion": "1"}
    if namespace:
        metadata["namespace"] = namespace
    api_version = f"{known.group}/{known.version}" if known.group else known.version
    return {"apiVersion": api_version, "kind": known.kind, "metadata": metadata, **more}


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as it came in; `query` and `body` undecoded."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""


class FakeApiServer:
    """See the module; a context manager that listens on a free loopback port."""

    def __init__(
        self,
        objects: Iterable[Object] = (),
        resources: Sequence[Resource] | None = None,
        *,
        forbidden: Iterable[str] = (),
        silent: bool = False,
        prefix: str = "",
        schemas: bool = False,
    ) -> None:
        self.resources = tuple(builtin().all if resources is None else resources)
        self.objects = list(objects)
        self.forbidden = frozenset(forbidden)
        self.silent = silent
        self.prefix = prefix
        self.schemas = schemas
        self.requests: list[tuple[str, str]] = []
        self.traffic: list[Sent] = []
        self.closing = threading.Event()
        owner = self

        class Handler(_Handler):
            server_of = owner

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    def __enter__(self) -> FakeApiServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def write_kubeconfig(self, path: Path, *, context: str = "fake", namespace: str = "") -> Path:
        """Write a kubeconfig whose only context points here."""
        where = {"cluster": "fake", "user": "fake", "namespace": namespace}
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "clusters": [{"name": "fake", "cluster": {"server": self.url}}],
            "contexts": [{"name": context, "context": {k: v for k, v in where.items() if v}}],
            "users": [{"name": "fake", "user": {"token": TOKEN}}],
        }
        path.write_text(json.dumps(document))
        return path

    def served(self, group: str, version: str) -> list[Resource]:
        return [r for r in self.resources if r.group == group and version in r.versions]

    def groups(self, *, core: bool) -> dict[str, list[str]]:
        """Group -> its versions, the preferred one first, in the order of the resources."""
        found: dict[str, list[str]] = {}
        for resource in self.resources:
            if (resource.group == "") is core:
                versions = found.setdefault(resource.group, [])
                versions.extend(v for v in resource.versions if v not in versions)
        return found


class _Handler(BaseHTTPRequestHandler):
    server_of: FakeApiServer
    protocol_version = "HTTP/1.1"
    # One write for head and body: two cost 40 ms each time (delayed acknowledgement).
    wbufsize = -1

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the requests are in `FakeApiServer.requests`."""

    def _answer(self) -> None:
        owner = self.server_of
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        target = self.path.removeprefix(owner.prefix)
        parts = urlsplit(target)
        owner.traffic.append(Sent(self.command, parts.path, parts.query, body))
        owner.requests.append((self.command, target))
        if owner.silent:
            owner.closing.wait(120)
            self.close_connection = True
            return
        path = [part for part in parts.path.split("/") if part]
        if path[:1] == ["version"]:
            self._send({"major": "1", "minor": "32", "gitVersion": "v1.32.13"})
        elif path in (["api"], ["apis"]):
            self._discovery(core=path == ["api"])
        elif path[:1] == ["api"]:
            self._under(path[2:], "", path[1], body, parse_qs(parts.query))
        elif path[:1] == ["apis"] and len(path) >= 3:
            self._under(path[3:], path[1], path[2], body, parse_qs(parts.query))
        elif path == ["openapi", "v2"] and owner.schemas:
            self._send_bytes(b"", kind="application/octet-stream")
        elif path[:2] == ["openapi", "v3"] and owner.schemas:
            self._openapi(path[2:])
        else:
            self._fail(404, "NotFound", "the server could not find the requested resource")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def _send(self, value: object, code: int = 200, kind: str = "application/json") -> None:
        self._send_bytes(json.dumps(value).encode(), code, kind)

    def _send_bytes(self, data: bytes, code: int = 200, kind: str = "") -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _fail(self, code: int, reason: str, message: str) -> None:
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
        self._send({**status, "message": message, "reason": reason, "code": code}, code)

    def _discovery(self, *, core: bool) -> None:
        groups = self.server_of.groups(core=core)
        accept = self.headers.get("Accept") or ""
        for version in ("v2", "v2beta1"):
            kind = _AGGREGATED.format(version)
            if kind in accept.split(","):
                api = f"apidiscovery.k8s.io/{version}"
                items = [self._aggregated(name, versions) for name, versions in groups.items()]
                self._send(
                    {"kind": "APIGroupDiscoveryList", "apiVersion": api, "items": items}, 200, kind
                )
                return
        if core:
            self._send({"kind": "APIVersions", "versions": groups.get("", [])})
            return
        rows = []
        for name, versions in groups.items():
            pairs = [{"groupVersion": f"{name}/{v}", "version": v} for v in versions]
            rows.append({"name": name, "versions": pairs, "preferredVersion": pairs[0]})
        self._send({"kind": "APIGroupList", "apiVersion": "v1", "groups": rows})

    def _aggregated(self, group: str, versions: list[str]) -> Object:
        documents = []
        for version in versions:
            rows = []
            for known in self.server_of.served(group, version):
                kind = {"group": group, "version": version, "kind": known.kind}
                row = {
                    "resource": known.plural,
                    "responseKind": kind,
                    "scope": "Namespaced" if known.namespaced else "Cluster",
                    "singularResource": known.singular,
                    "verbs": sorted(known.verbs),
                    "shortNames": list(known.short_names),
                    "categories": list(known.categories),
                    "subresources": [
                        {"subresource": sub, "responseKind": kind, "verbs": ["get"]}
                        for sub in known.subresources
                    ],
                }
                rows.append(row)
            documents.append({"version": version, "resources": rows, "freshness": "Current"})
        return {"metadata": {"name": group}, "versions": documents}

    def _openapi(self, path: list[str]) -> None:
        """What kubectl asks for: which objects may be dry-run and checked, and a few fields."""
        owner = self.server_of
        if not path:
            groups = {**owner.groups(core=True), **owner.groups(core=False)}
            names = [_group_path(group, v) for group, found in groups.items() for v in found]
            rows = {name: {"serverRelativeURL": f"/openapi/v3/{name}?hash=1"} for name in names}
            self._send({"paths": rows})
            return
        group, version = (path[1], path[2]) if path[0] == "apis" else ("", path[1])
        self._send(_openapi_document(owner.served(group, version), group, version))

    def _resource_list(self, group: str, version: str) -> None:
        rows: list[Object] = []
        for known in self.server_of.served(group, version):
            row = {
                "name": known.plural,
                "singularName": known.singular,
                "namespaced": known.namespaced,
                "kind": known.kind,
                "verbs": sorted(known.verbs),
                "shortNames": list(known.short_names),
                "categories": list(known.categories),
            }
            rows.append(row)
            for sub in known.subresources:
                rows.append({**row, "name": f"{known.plural}/{sub}", "singularName": ""})
        gv = f"{group}/{version}" if group else version
        document = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": gv}
        self._send({**document, "resources": rows})

    def _under(
        self, path: list[str], group: str, version: str, body: bytes, query: dict[str, list[str]]
    ) -> None:
        if not path:
            self._resource_list(group, version)
            return
        namespace = None
        if path[0] == "namespaces" and len(path) > 2:
            namespace, path = path[1], path[2:]
        known = next(
            (r for r in self.server_of.served(group, version) if r.plural == path[0]), None
        )
        if known is None:
            self._fail(404, "NotFound", "the server could not find the requested resource")
            return
        if known.plural in self.server_of.forbidden:
            self._fail(403, "Forbidden", f"{known.plural} is forbidden: may not list")
            return
        gv = f"{group}/{version}" if group else version
        found = [
            thing
            for thing in self.server_of.objects
            if (thing["apiVersion"], thing["kind"]) == (gv, known.kind)
            and namespace in (None, thing["metadata"].get("namespace"))
        ]
        if self.command == "GET" and len(path) == 1:
            self._list(found, gv, known.kind)
        elif self.command == "POST" and len(path) == 1:
            made = _written(body, gv, known.kind, "created", namespace)
            if known.plural.startswith("selfsubject"):
                made["status"] = {"allowed": True, "userInfo": {"username": "fake"}}
            self._send(made, 201)
        elif self.command == "DELETE" and len(path) == 1:
            self._list(found, gv, known.kind)
        else:
            self._single(found, path, known, gv)

    def _single(self, found: list[Object], path: list[str], known: Resource, gv: str) -> None:
        thing = next((item for item in found if item["metadata"]["name"] == path[1]), None)
        if thing is None:
            self._fail(404, "NotFound", f'{known.qualified} "{path[1]}" not found')
        elif path[2:] == ["scale"] and "scale" not in known.subresources:
            self._fail(404, "NotFound", "the server could not find the requested resource")
        elif self.command == "DELETE":
            self._send({"kind": "Status", "apiVersion": "v1", "status": "Success"})
        elif path[2:] == ["scale"]:
            about = {"kind": "Scale", "apiVersion": "autoscaling/v1"}
            self._send({**about, "metadata": thing["metadata"], "spec": {"replicas": 2}})
        elif "as=Table" in (self.headers.get("Accept") or "") and len(path) == 2:
            self._list([thing], gv, known.kind)
        else:
            self._send(thing)

    def _list(self, found: list[Object], gv: str, kind: str) -> None:
        meta = {"resourceVersion": "1"}
        if "as=Table" not in (self.headers.get("Accept") or ""):
            document = {"kind": f"{kind}List", "apiVersion": gv, "metadata": meta}
            self._send({**document, "items": found})
            return
        rows = [
            {
                "cells": [thing["metadata"]["name"]],
                "object": {
                    "kind": "PartialObjectMetadata",
                    "apiVersion": "meta.k8s.io/v1",
                    "metadata": thing["metadata"],
                },
            }
            for thing in found
        ]
        column = {"name": "Name", "type": "string", "format": "name", "priority": 0}
        table = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta}
        self._send({**table, "columnDefinitions": [column], "rows": rows})


def _written(body: bytes, gv: str, kind: str, name: str, namespace: str | None) -> Object:
    """What was posted, where it was JSON; kubectl's protobuf bodies are answered with a stand-in."""
    try:
        thing = json.loads(body)
    except ValueError:
        thing = None
    if isinstance(thing, dict):
        return thing
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": gv, "kind": kind, "metadata": metadata}


def _group_path(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


def _openapi_document(served: Sequence[Resource], group: str, version: str) -> Object:
    """An OpenAPI v3 document of one group's version, as small as kubectl takes it."""
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string"}}
        for name in ("dryRun", "fieldManager", "fieldValidation", "force")
    ]
    paths, schemas = {}, {}
    for known in served:
        kind = {"group": group, "version": version, "kind": known.kind}
        where = "namespaces/{namespace}/" if known.namespaced else ""
        operation = {"x-kubernetes-group-version-kind": kind, "parameters": parameters}
        path = f"/{_group_path(group, version)}/{where}{known.plural}"
        paths[f"{path}/{{name}}"] = {"get": {**operation}, "patch": {**operation}}
        texts = {"description": f"What a {known.kind} is.", "type": "object"}
        schemas[f"io.made-up.{version}.{known.kind}"] = {
            **texts,
            "x-kubernetes-group-version-kind": [kind],
            "properties": {
                "apiVersion": {"type": "string", "description": "The version."},
                "kind": {"type": "string", "description": "The kind."},
                "metadata": dict(texts),
                "spec": {**texts, "properties": {"replicas": {"type": "integer"}}},
            },
        }
    info = {"title": "made up", "version": "1"}
    return {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}
