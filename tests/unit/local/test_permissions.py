from local.permissions import translate

SEND = {"Sid": "Send", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "queue"}


def test_who_may_send_one_message_may_send_ten_to_the_same_queue() -> None:
    assert translate([SEND]) == [SEND | {"Action": ["sqs:SendMessageBatch"]}]


def test_nothing_else_becomes_allowed() -> None:
    reading = {"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "s3:GetObject"], "Resource": "*"}

    assert translate([reading]) == []


def test_conditions_and_denials_stay_what_they_are() -> None:
    denied = SEND | {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}

    assert translate([denied]) == [denied | {"Action": ["sqs:SendMessageBatch"]}]


def test_who_may_answer_a_state_machines_tasks_may_answer_them_here() -> None:
    resume = {
        "Effect": "Allow",
        "Action": ["states:SendTaskSuccess", "states:StartExecution"],
        "Resource": "one",
    }

    assert translate([resume]) == [resume | {"Action": ["states:SendTaskSuccess"], "Resource": "*"}]


def test_who_may_look_at_a_mapping_may_do_so_here_and_at_no_other() -> None:
    look = {"Effect": "Allow", "Action": ["lambda:GetEventSourceMapping"], "Resource": ["one"]}

    assert translate([look]) == [look | {"Action": ["lambda:ListEventSourceMappings"]}]
