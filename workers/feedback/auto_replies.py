"""Answers of machines that say nothing of a delivery: vacation notices, receipts, challenges, held posts."""

from __future__ import annotations

from workers.feedback.notices import Fields

# Present on answers by machines, whatever they say (RFC 3834 came late).
_REPLY_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-vacation",
    "x-mail-autoreply",
)
# How Exchange, Gmail and others begin the subject, in the languages people have them in.
_SUBJECTS = (
    "automatic reply",
    "auto reply",
    "auto-reply",
    "autoreply",
    "autorespons",
    "auto response",
    "automated reply",
    "out of office",
    "out of the office",
    "out-of-office",
    "on vacation",
    "vacation reply",
    "away from my mail",
    "réponse automatique",
    "réponse d'absence",
    "absence du bureau",
    "respuesta automática",
    "respuesta automatica",
    "fuera de la oficina",
    "fuera de oficina",
    "resposta automática",
    "risposta automatica",
    "fuori sede",
    "fuori ufficio",
    "automatische antwort",
    "abwesenheit",
    "automatisch antwoord",
    "automatiskt svar",
    "automatisk svar",
    "autosvar",
    "automaattinen vastaus",
    "odpowiedź automatyczna",
    "automatická odpověď",
    "automatikus válasz",
    "răspuns automat",
    "otomatik yanıt",
    "αυτόματη απάντηση",
    "автоматический ответ",
    "автоответ",
    "автоматична відповідь",
    "מענה אוטומטי",
    "رد تلقائي",
    "الرد التلقائي",
    "自动回复",
    "自动答复",
    "自動回覆",
    "自動返信",
    "自動応答",
    "자동 회신",
    "balasan otomatis",
)
_CHALLENGES = (
    "challenge-response",
    "confirm that you are not",
    "verify that you are not a spammer",
    "verify you are a human",
    "prove you are human",
    "spam arrest",
    "spamarrest",
    "boxbe",
    "sender verification required",
    "sender confirmation required",
    "please confirm your message",
    "complete the verification process",
    "added to my approved senders",
    "added to my list of approved senders",
    "prove that this message was sent by a human",
    "confirm that your message is legitimate",
)
_HELD = (
    "awaits moderator approval",
    "awaiting moderator approval",
    "is being held until the list moderator",
    "has been forwarded to the moderator",
    "has been submitted to the moderator",
    "en attente de modération",
)


def begins_like_an_auto_reply(subject: str) -> bool:
    """`Automatic reply: …` and what other programs and languages say for it."""
    return subject.lower().replace("’", "'").lstrip("[( ").startswith(_SUBJECTS)


def is_marked_as_auto_reply(headers: Fields) -> bool:
    """Does a header say that a machine answers (RFC 3834, 5)? Bounces may say so too: ask for those first."""
    return (
        headers.get("auto-submitted", "").lower().startswith("auto-replied")
        or "auto" in headers.get("precedence", "").lower()
        or any(name in headers for name in _REPLY_HEADERS)
    )


def is_challenge(headers: Fields, words: str) -> bool:
    """Does somebody's filter want a person to show up before it lets the mail in?"""
    lowered = words.lower()
    return "x-tmda-challenge" in headers or any(each in lowered for each in _CHALLENGES)


def is_held(words: str) -> bool:
    """Does a mailing list keep the mail for its moderator?"""
    lowered = words.lower()
    return any(each in lowered for each in _HELD)
