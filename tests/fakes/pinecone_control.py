"""What Pinecone does with whole indexes when it is asked to."""

from typing import Any

from fakes.listening import Answer, Request
from fakes.serving import Refused

Record = dict[str, Any]


class ControlPlane:
    """Makes, describes and deletes indexes; all are served at one address, so there is one at a time by default."""

    indexes: dict[str, Record]
    max_indexes: int

    @property
    def url(self) -> str:
        """Where the indexes are served."""
        raise NotImplementedError

    def emptied(self) -> None:
        """All vectors are to go."""
        raise NotImplementedError

    def control(self, request: Request) -> Answer:
        name = request.path.removeprefix("/indexes").removeprefix("/")
        match request.method, bool(name):
            case "GET", False:
                return Answer(status=200, body={"indexes": [self._describe(one) for one in self.indexes]})
            case "POST", False:
                return Answer(status=201, body=self._create(request.body or {}))
        if name not in self.indexes:
            raise Refused(404, "NOT_FOUND", f"Resource {name} not found")
        if request.method == "GET":
            return Answer(status=200, body=self._describe(name))
        if request.method != "DELETE":
            raise Refused(404, "NOT_FOUND", f"no such call: {request.method} {request.path}")
        del self.indexes[name]
        self.emptied()
        return Answer(status=202)

    def wanted(self, body: Record) -> Record:
        """Dimension and metric of an index to make, in the words of the old calls or of the new."""
        if "schema" not in body:
            return {"dimension": body.get("dimension"), "metric": body.get("metric", "cosine")}
        field = body["schema"].get("fields", {}).get("_values", {})
        if "dimension" not in field:
            raise Refused(400, "INVALID_ARGUMENT", "this fake plays indexes of dense vectors only")
        return {"dimension": field["dimension"], "metric": field.get("metric", "cosine")}

    def _create(self, body: Record) -> Record:
        name = body["name"]
        if name in self.indexes:
            raise Refused(409, "ALREADY_EXISTS", "Resource already exists")
        if len(self.indexes) >= self.max_indexes:
            raise Refused(403, "QUOTA_EXCEEDED", "You've reached the max serverless indexes allowed in this project.")
        self.indexes[name] = self.wanted(body)
        return self._describe(name)

    def _describe(self, name: str) -> Record:
        known = self.indexes[name]
        place = {"cloud": "aws", "region": "us-east-1"}
        read = {"mode": "OnDemand", "status": {"state": "Ready"}}
        return {
            "name": name,
            **known,
            "host": self.url,
            "spec": {"serverless": {**place, "read_capacity": read}},
            "status": {"ready": True, "state": "Ready"},
            "vector_type": "dense",
            "deletion_protection": "disabled",
            # As the newest client reads it.
            "schema": {"fields": {"_values": {"type": "dense_vector", **known}}},
            "deployment": {"deployment_type": "managed", **place},
        }
