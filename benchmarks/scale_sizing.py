"""Whether the default database holds: connections and memory by RDS's formulas, writing by its disk."""

from dataclasses import dataclass
from typing import Any

from benchmarks.scale_server import ServerMemory
from services.schema.logins import READERS_CONNECTIONS
from tests import template

GIB = 1024**3
MEMORY = {"db.t4g.micro": 1 * GIB, "db.t4g.small": 2 * GIB, "db.t4g.medium": 4 * GIB, "db.t4g.large": 8 * GIB}
"""Of the class (https://aws.amazon.com/rds/instance-types/)."""
DISK = {"db.t4g.micro": 10.9e6, "db.t4g.small": 21.8e6, "db.t4g.medium": 43.4e6, "db.t4g.large": 86.9e6}
"""Bytes a second to and from the disk for as long as one likes: 87, 174, 347 and 695 Mbit/s. For half an hour
a day it is twelve times as much for a small one. Of AWS's table of EBS-optimized instances, which could not
be read here: as others quote it."""
OF_RDS = 1 / 8
"""The part of the memory that RDS and the operating system keep: DBInstanceClassMemory is the rest. AWS does
not say how much; people have counted 150 connections where the formula gives 170 for 2 GiB, and 312 of 341
for 4 (http://tritoneco.com/2015/11/23/max_connections-at-aws-rds-mysql-instance-sizes/)."""
_CONNECTION_BYTES = 12_582_880
_BUFFER_POOL = 3 / 4


@dataclass(frozen=True)
class Sizing:
    """The class, what it gives, and what the stack asks of it."""

    instance: str
    workers: dict[str, int]
    api: int
    readers: int = 0

    @property
    def memory(self) -> float:
        """DBInstanceClassMemory, about."""
        return MEMORY[self.instance] * (1 - OF_RDS)

    @property
    def max_connections(self) -> int:
        """RDS's default: {DBInstanceClassMemory/12582880}."""
        return int(self.memory / _CONNECTION_BYTES)

    @property
    def buffer_pool(self) -> float:
        """RDS's default: {DBInstanceClassMemory*3/4}."""
        return self.memory * _BUFFER_POOL

    @property
    def connections(self) -> int:
        """One for each function that can be at work at a time, and those of people's own tools."""
        return sum(self.workers.values()) + self.api + self.readers

    def explained(self) -> str:
        """The formulas, with their numbers."""
        workers = " + ".join(f"{name.removesuffix('Function')} {n}" for name, n in self.workers.items())
        return (
            f"{self.instance}: DBInstanceClassMemory = {MEMORY[self.instance]} * (1 - {OF_RDS})"
            f" = {self.memory:.0f}; max_connections = DBInstanceClassMemory / {_CONNECTION_BYTES}"
            f" = {self.max_connections}; innodb_buffer_pool_size = DBInstanceClassMemory * {_BUFFER_POOL}\n"
            f"Connections, one for each function at work: {workers} + Api {self.api} + readers {self.readers}"
            f" = {self.connections}"
        )

    def left(self, server: ServerMemory) -> float:
        """Bytes of memory when the buffer pool is full and all are connected."""
        taken = self.buffer_pool + server.at_first + self.connections * server.per_connection
        return self.memory - taken


def sizing() -> Sizing:
    """Of the template's defaults."""
    parameters: dict[str, Any] = template.ours().template["Parameters"]
    workers: dict[str, int] = {}
    api = 0
    for name, function in template.properties("AWS::Serverless::Function").items():
        for event in function.get("Events", {}).values():
            scaling = event["Properties"].get("ScalingConfig")
            if scaling and not name.startswith("Breaker"):
                workers[name] = workers.get(name, 0) + _number(scaling["MaximumConcurrency"], parameters)
    for stage in template.properties("AWS::Serverless::Api").values():
        for setting in stage.get("MethodSettings", ()):
            api = max(api, _number(setting["ThrottlingBurstLimit"], parameters))
    return Sizing(parameters["DatabaseInstanceClass"]["Default"], workers, api, READERS_CONNECTIONS)


def _number(value: Any, parameters: dict[str, Any]) -> int:
    if isinstance(value, dict) and "Fn::If" in value:
        return _number(value["Fn::If"][1], parameters)
    return int(parameters[value["Ref"]]["Default"]) if isinstance(value, dict) else int(value)
