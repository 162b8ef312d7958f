import json
import signal
import subprocess
import sys
import urllib.request

import pytest
from pydantic import ValidationError

from local.bedrock.settings import ServerSettings, read_settings


def test_the_server_says_where_it_is_and_ends_on_sigterm() -> None:
    command = [sys.executable, "-m", "local.bedrock"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        with urllib.request.urlopen(f"{url}/health") as answer:
            assert json.load(answer)["status"] == "ok"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0


def test_an_empty_environment_means_the_embedded_engine() -> None:
    assert read_settings({"PATH": "/bin"}) == ServerSettings()


def test_the_environment_names_the_endpoint_and_its_timeout() -> None:
    settings = read_settings({"MODEL_URL": "http://127.0.0.1:1/v1", "MODEL": "tiny", "MODEL_TIMEOUT": "0.1"})
    assert (settings.model_url, settings.model, settings.model_timeout) == (
        "http://127.0.0.1:1/v1",
        "tiny",
        0.1,
    )


def test_a_timeout_out_of_range_is_refused() -> None:
    with pytest.raises(ValidationError):
        read_settings({"MODEL_TIMEOUT": "0"})


def test_an_endpoint_without_a_model_is_refused() -> None:
    with pytest.raises(ValidationError, match="MODEL"):
        read_settings({"MODEL_URL": "http://127.0.0.1:1"})
