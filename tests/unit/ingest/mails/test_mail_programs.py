"""Mails that a program sent, told from those of people."""

import pytest

from services.ingest.mails.mail import read_mail


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner=x"},
        {"X_Autoreply": "yes"},
        {"Precedence": "auto_reply"},
        {"Subject": "Automatic reply: Lamp"},
        {"Subject": "Automatische Antwort: Lampe"},
        {"X_Failed_Recipients": "a@b.example"},
        {"Content_Type": "multipart/report; report-type=delivery-status; boundary=b"},
        {"Return_Path": "<>", "Subject": "Undelivered Mail Returned to Sender"},
        {"From": "MAILER-DAEMON@x.example", "Subject": "Unzustellbar: Lampe"},
        {
            "From": "MAILER-DAEMON@eu-west-1.amazonses.com",
            "Subject": "Delivery Status Notification (Failure)",
        },
        {"From": "Microsoft Outlook <MicrosoftExchange329e@x.example>", "Subject": "Onbestelbaar: Lamp"},
        {"From": "postmaster@x.example", "Subject": "Undeliverable: Lamp"},
        {"From": "mailer-daemon@x.example", "Subject": "Warning: message delayed 24 hours"},
        {"Content_Type": "multipart/report; report-type=disposition-notification; boundary=b"},
        {"Content_Type": "multipart/report; report-type=feedback-report; boundary=b"},
        {"X_Auto_Reply_From": "a@b.example"},
        {"X_Mail_Autoreply": "yes"},
        {"X_Precedence": "auto_reply"},
        {"X_POST_MessageClass": "9; Autoresponder"},
        *(
            {"Subject": subject}
            for subject in (
                "Out of Office: Lamp",
                "Out of office Re: Lamp",
                "[Auto-Reply] Lamp",
                "Abwesend: Lampe",
                "Réponse automatique : Lampe",
                "Fuera de la oficina: Lamp",
                "Risposta automatica: Lamp",
                "Automatická odpověď: Lampa",
                "Automatyczna odpowiedź: Lampa",
                "Automaattinen vastaus: Lamp",
                "Автоматический ответ: Лампа",
                "Otomatik yanıt: Lamba",
                "自動返信：ランプ",
                "自动回复: 灯",
                "자동 회신: 램프",
            )
        ),
    ],
)
def test_tells_what_a_program_sent(headers: dict[str, str]) -> None:
    lines = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    assert read_mail(f"{lines}\nI am away.".encode()).by_program


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "no"},
        {"Subject": "Automatic reply of your shop is rude"},
        {"Precedence": "bulk"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Autoreply": "no"},
        {"Subject": "Re: Automatic reply: We have your mail"},
        {"Subject": "Auto: Kratzer am Mietwagen"},
        {"Subject": "Out of stock: lamp"},
        {"Subject": "Undelivered parcel"},
        {"From": "postmaster@x.example", "Subject": "Our lamp flickers"},
    ],
)
def test_takes_no_person_for_a_program(headers: dict[str, str]) -> None:
    lines = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    assert not read_mail(f"{lines}\nThe lamp flickers.".encode()).by_program
