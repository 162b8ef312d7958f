from local.permissions import in_batches

SEND = {"Sid": "Send", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "queue"}


def test_who_may_send_one_message_may_send_ten_to_the_same_queue() -> None:
    assert in_batches([SEND]) == [SEND | {"Action": ["sqs:SendMessageBatch"]}]


def test_nothing_else_becomes_allowed() -> None:
    reading = {"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "s3:GetObject"], "Resource": "*"}

    assert in_batches([reading]) == []


def test_conditions_and_denials_stay_what_they_are() -> None:
    denied = SEND | {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}

    assert in_batches([denied]) == [denied | {"Action": ["sqs:SendMessageBatch"]}]
