"""Messages, their media and feedback, and the account's balance."""

from __future__ import annotations

from tests.contract.asking import Asked, Verdict, Visitor

MEDIA = "http://127.0.0.1/a.jpg"


def fetch_message(visitor: Visitor) -> Verdict:
    return visitor.get(f"Messages/{visitor.create()['sid']}.json")


def update_message(visitor: Visitor) -> Verdict:
    return visitor.update(visitor.create()["sid"], {"Body": ""})


def delete_message(visitor: Visitor) -> Verdict:
    sid = visitor.create()["sid"]
    visitor.clock.advance(60)
    return visitor.delete(f"Messages/{sid}.json")


def list_messages(visitor: Visitor) -> Verdict:
    visitor.create()
    return visitor.get("Messages.json")


def create_feedback(visitor: Visitor) -> Verdict:
    path = f"{visitor.base}/Messages/{visitor.create()['sid']}/Feedback.json"
    return visitor.ask("POST", path, {"Outcome": "confirmed"})


def media(visitor: Visitor) -> str:
    path: str = visitor.create(MediaUrl=MEDIA)["subresource_uris"]["media"]
    return path


def one_media(visitor: Visitor) -> str:
    (listed,) = visitor.read(visitor.get(media(visitor)))["media_list"]
    uri: str = listed["uri"]
    return uri


ASKED: Asked = {
    ("api_v2010", "CreateMessage"): lambda visitor: visitor.post(),
    ("api_v2010", "FetchMessage"): fetch_message,
    ("api_v2010", "UpdateMessage"): update_message,
    ("api_v2010", "DeleteMessage"): delete_message,
    ("api_v2010", "ListMessage"): list_messages,
    ("api_v2010", "CreateMessageFeedback"): create_feedback,
    ("api_v2010", "ListMedia"): lambda visitor: visitor.get(media(visitor)),
    ("api_v2010", "FetchMedia"): lambda visitor: visitor.get(one_media(visitor)),
    ("api_v2010", "DeleteMedia"): lambda visitor: visitor.ask("DELETE", one_media(visitor)),
    ("api_v2010", "FetchBalance"): lambda visitor: visitor.get("Balance.json"),
}
