"""The curate queue: one upload of people's changes at a time."""

from typing import Literal

from services.curate import profiles
from services.curate.correcting import correct
from services.curate.dependencies import Dependencies, open_dependencies
from services.curate.listing import take_over
from services.curate.upload_io import refuse
from services.curate.uploads import CategoryList, ProfileDocumentFile, Upload, UploadRefused, kind_of, parse
from shared.platform.consumer import Attempt, Consumer
from shared.platform.deferral import AWAY


def deal_with(deps: Dependencies, upload: Upload, _: Attempt) -> None:
    """Applies the upload; one that is refused is announced with its reason."""
    outcome = _outcome(deps, upload)
    deps.telemetry.logger.info("upload dealt with", outcome=outcome)
    deps.telemetry.count(f"Uploads{outcome}")


def _outcome(deps: Dependencies, upload: Upload) -> Literal["Ignored", "Refused", "Applied"]:
    if upload.is_folder:
        return "Ignored"
    try:
        _apply(deps, upload)
    except UploadRefused as refusal:
        refuse(deps, upload, str(refusal))
        return "Refused"
    return "Applied"


def _apply(deps: Dependencies, upload: Upload) -> None:
    kind = kind_of(upload.key)
    if isinstance(kind, CategoryList):
        take_over(deps, upload, kind.profile)
    elif isinstance(kind, ProfileDocumentFile):
        profiles.take_over(deps, upload, kind.profile)
    else:
        correct(deps, upload)


consumer = Consumer("curate", open_dependencies, parse, deal_with, AWAY)
handler = consumer.handler
