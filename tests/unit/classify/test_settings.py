import pytest

from services.breaker.settings import BreakerSettings
from services.classify.settings import ClassifySettings
from shared.contracts.errors import SettingsError

GIVEN = {
    "BUS_NAME": "insights",
    "FEEDBACK_QUEUE_URL": "https://sqs/1/feedback",
    "NOTIFY_QUEUE_URL": "https://sqs/1/notify",
    "EMBEDDING_MODEL_ID": "e",
    "MODEL_ID": "amazon.nova-lite-v1:0",
}


def test_all_workers_and_categorize_together_spend_the_quota_and_no_more() -> None:
    settings = ClassifySettings.read(GIVEN | {"FEEDBACK_CONCURRENCY": "4"})

    assert 4 * settings.worker_share + settings.categorize_share == pytest.approx(1)


def test_a_budget_below_zero_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="MONTHLY_BUDGET_USD"):
        ClassifySettings.read(GIVEN | {"MONTHLY_BUDGET_USD": "-1"})


def test_the_breaker_knows_its_mappings_by_a_list() -> None:
    given = {"BUS_NAME": "b", "MODEL_ID": "m", "EMBEDDING_MODEL_ID": "e", "MAPPING_IDS": "a, b,"}
    given |= {"BREAKER_PARAMETER": "/s/breaker", "LIFECYCLE_PARAMETER": "/s/lifecycle"}

    assert BreakerSettings.read(given).mappings == ("a", "b")
