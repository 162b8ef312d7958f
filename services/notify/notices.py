"""What people are told besides reports: notices of other services, and the model's health."""

import hashlib
from uuid import uuid4

from services.notify.dependencies import Dependencies
from services.notify.inbox import EndingNews, ModelNews
from services.notify.mail import writing
from services.notify.mail.sending import send_once
from shared.contracts.events import EventType
from shared.contracts.notices import AnyNotice
from shared.platform.named_lock import named_lock
from shared.stores import model_health_store

_LOCK_SECONDS = 5


def send(deps: Dependencies, notice: AnyNotice) -> None:
    """Sends a notice, once however often it is published and delivered."""
    send_once(deps, notice.key, lambda: writing.notice(notice))


def tell_of_model(deps: Dependencies, news: ModelNews) -> None:
    """Tells people that the model stopped or started answering: once for each change, not for each event."""
    model_id = news.detail.model_id
    health = _health(news)
    with named_lock(deps.database, f"model {model_id}", _LOCK_SECONDS):
        told = deps.database.transact(model_health_store.find, model_id)
        if health == told:
            return
        # By its time, so that another attempt at the same event is the same mail.
        when = news.time.isoformat() if news.time else uuid4().hex
        key = f"model {hashlib.sha256(model_id.encode()).hexdigest()[:32]} {health} {when}"
        send_once(deps, key, lambda: writing.model(news.type, news.detail))
        deps.database.transact(model_health_store.write, model_id, health)


def tell_of_ending(deps: Dependencies, news: EndingNews) -> None:
    """Tells people that a model will end: once for each of the days before that are reached."""
    event = news.detail
    which = hashlib.sha256(f"{event.model_id} {event.name} {event.ends_on}".encode()).hexdigest()[:32]
    send_once(deps, f"model ends {which} {event.stage}", lambda: writing.model_ending(event))


def _health(news: ModelNews) -> model_health_store.ModelHealth:
    if news.type is EventType.MODEL_AVAILABLE:
        return "available"
    return "needs_person" if news.detail.needs_person else "unavailable"
