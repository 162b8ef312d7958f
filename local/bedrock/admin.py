"""The paths beside Bedrock's: what can be set and read while the server runs."""

from collections.abc import Callable, Mapping

from pydantic import BaseModel, ValidationError

from local.bedrock.faults import FAULTS, FaultSettings
from local.bedrock.latency import Latency
from local.bedrock.models import TRAITS
from local.bedrock.quota import QuotaSettings
from local.bedrock.service import BedrockService
from shared.contracts.errors import InsightsError

Answer = dict[str, object]


class AdminError(InsightsError):
    """No such path, or a body that does not fit; `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Admin:
    """Reads and changes one service."""

    def __init__(self, service: BedrockService) -> None:
        self._service = service
        self._routes: Mapping[tuple[str, str], Callable[[Mapping[str, str], bytes], Answer]] = {
            ("GET", "/health"): lambda _query, _body: self._health(),
            ("GET", "/stats"): lambda _query, _body: self._service.stats.report(),
            ("POST", "/stats/reset"): lambda _query, _body: self._reset(),
            ("GET", "/calls"): lambda query, _body: self._calls(query),
            ("GET", "/quota"): lambda _query, _body: self._quota(),
            ("PUT", "/quota"): lambda _query, body: self._put_quota(body),
            ("GET", "/faults"): lambda _query, _body: self._faults(),
            ("PUT", "/faults"): lambda _query, body: self._put_faults(body),
            ("DELETE", "/faults"): lambda _query, _body: self._put_faults(b"{}"),
            ("GET", "/latency"): lambda _query, _body: _shown(self._service.latency),
            ("PUT", "/latency"): lambda _query, body: self._put_latency(body),
            ("GET", "/models"): lambda _query, _body: self._models(),
            ("PUT", "/models"): lambda _query, body: self._put_models(body),
        }

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Answer:
        """What the path answers.

        Raises:
            AdminError: there is no such path, or the body does not fit.
        """
        route = self._routes.get((method, path))
        if route is None:
            raise AdminError(404, f"{method} {path} is none of: {', '.join(map(' '.join, self._routes))}")
        try:
            return route(query, body)
        except ValidationError as error:
            raise AdminError(400, str(error)) from error
        except ValueError as error:
            raise AdminError(400, str(error)) from error

    def _health(self) -> Answer:
        return {"status": "ok", "engine": self._service.engine.name}

    def _reset(self) -> Answer:
        self._service.stats.reset()
        return {"status": "ok"}

    def _calls(self, query: Mapping[str, str]) -> Answer:
        return {"calls": self._service.stats.calls(int(query.get("since", "0")))}

    def _quota(self) -> Answer:
        return {**_shown(self._service.quota.settings), "left": self._service.quota.levels()}

    def _put_quota(self, body: bytes) -> Answer:
        self._service.quota.put(QuotaSettings.model_validate_json(body or b"{}"))
        return self._quota()

    def _faults(self) -> Answer:
        faults = self._service.faults
        return {**_shown(faults.settings), "struck": faults.counts(), "known": list(FAULTS)}

    def _put_faults(self, body: bytes) -> Answer:
        self._service.faults.put(FaultSettings.model_validate_json(body or b"{}"))
        return self._faults()

    def _put_latency(self, body: bytes) -> Answer:
        self._service.latency = Latency.model_validate_json(body or b"{}")
        return _shown(self._service.latency)

    def _models(self) -> Answer:
        return {"models": TRAITS.dump_python(self._service.models.rows, mode="json")}

    def _put_models(self, body: bytes) -> Answer:
        self._service.models.put(TRAITS.validate_json(body or b"[]"))
        return self._models()


def _shown(settings: BaseModel) -> Answer:
    return settings.model_dump(mode="json")
