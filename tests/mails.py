"""What people read of what a service has them told."""

import json
from collections.abc import Mapping
from typing import Any

from services.notify.inbox import parse
from services.notify.mail import writing
from services.notify.mail.mailer import Mail
from services.notify.mail.printable import clean_subject
from shared.contracts.notices import Notice


def mail_of(body: str | Mapping[str, Any]) -> Mail:
    """The mail that notify makes of a message in its queue, with the subject as SNS gets it."""
    message = parse(body if isinstance(body, str) else json.dumps(body))
    assert isinstance(message, Notice)
    mail = writing.notice(message)
    return mail.model_copy(update={"subject": clean_subject(mail.subject)})
