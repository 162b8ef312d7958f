"""The paths beside Bedrock's: what can be set and read while the server runs."""

from collections.abc import Callable, Mapping

from local.bedrock.faults import FAULTS, FaultSettings
from local.bedrock.latency import Latency
from local.bedrock.lifecycle import ROWS
from local.bedrock.models import TRAITS
from local.bedrock.quota import QuotaSettings
from local.bedrock.service import BedrockService
from shared.contracts.errors import InsightsError

JsonObject = dict[str, object]


class AdminError(InsightsError):
    """No such path, or a body that does not fit; `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Admin:
    """Reads and changes one service."""

    def __init__(self, service: BedrockService) -> None:
        self._service = service
        self._routes: Mapping[tuple[str, str], Callable[[Mapping[str, str], bytes], JsonObject]] = {
            ("GET", "/health"): lambda _query, _body: {"status": "ok", "engine": service.engine.name},
            ("GET", "/stats"): lambda _query, _body: service.stats.report(),
            ("POST", "/stats/reset"): lambda _query, _body: self._reset(),
            ("GET", "/calls"): lambda query, _body: {
                "calls": service.stats.calls(int(query.get("since", "0")))
            },
            ("GET", "/quota"): lambda _query, _body: self._quota(),
            ("PUT", "/quota"): lambda _query, body: self._quota(body),
            ("GET", "/faults"): lambda _query, _body: self._faults(),
            ("PUT", "/faults"): lambda _query, body: self._faults(body),
            ("DELETE", "/faults"): lambda _query, _body: self._faults(b"{}"),
            ("GET", "/latency"): lambda _query, _body: self._latency(),
            ("PUT", "/latency"): lambda _query, body: self._latency(body),
            ("GET", "/lifecycle"): lambda _query, _body: self._lifecycle(),
            ("PUT", "/lifecycle"): lambda _query, body: self._lifecycle(body),
            ("GET", "/models"): lambda _query, _body: self._models(),
            ("PUT", "/models"): lambda _query, body: self._models(body),
        }

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> JsonObject:
        """What the path answers.

        Raises:
            AdminError: there is no such path, or the body does not fit.
        """
        route = self._routes.get((method, path))
        if route is None:
            raise AdminError(404, f"{method} {path} is none of: {', '.join(map(' '.join, self._routes))}")
        try:
            return route(query, body)
        except ValueError as error:  # pydantic's, too
            raise AdminError(400, str(error)) from error

    def _reset(self) -> JsonObject:
        self._service.stats.reset()
        return {"status": "ok"}

    def _quota(self, body: bytes | None = None) -> JsonObject:
        quota = self._service.quota
        if body is not None:
            quota.put(QuotaSettings.model_validate_json(body or b"{}"))
        return {**quota.settings.model_dump(mode="json"), "left": quota.levels()}

    def _faults(self, body: bytes | None = None) -> JsonObject:
        faults = self._service.faults
        if body is not None:
            faults.put(FaultSettings.model_validate_json(body or b"{}"))
        return {**faults.settings.model_dump(mode="json"), "struck": faults.counts(), "known": list(FAULTS)}

    def _latency(self, body: bytes | None = None) -> JsonObject:
        if body is not None:
            self._service.latency = Latency.model_validate_json(body or b"{}")
        return self._service.latency.model_dump(mode="json")

    def _lifecycle(self, body: bytes | None = None) -> JsonObject:
        if body is not None:
            self._service.lifecycles.rows = ROWS.validate_json(body or b"[]")
        return {"lifecycle": ROWS.dump_python(self._service.lifecycles.rows, mode="json")}

    def _models(self, body: bytes | None = None) -> JsonObject:
        if body is not None:
            self._service.models.put(TRAITS.validate_json(body or b"[]"))
        return {"models": TRAITS.dump_python(self._service.models.rows, mode="json")}
