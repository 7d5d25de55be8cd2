"""Messaging services: a pool of senders with rules of its own. Twilio's reference: Services."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import UNSET, UnsetType

from ..codec.form import pascal
from .checks import Checked
from .shown import Kept, Shown


class Service(Kept, frozen=True, kw_only=True, gc=False):
    """A messaging service. Twilio's reference: Services resource.

    `scan_message_content` and `usecase` are open sets. `fallback_to_long_code` has no effect any
    more. `links` maps the names of the service's sub-resources to their URLs.
    """

    friendly_name: str | None = None
    inbound_request_url: str | None = None
    inbound_method: str | None = None
    fallback_url: str | None = None
    fallback_method: str | None = None
    status_callback: str | None = None
    sticky_sender: bool | None = None
    mms_converter: bool | None = None
    smart_encoding: bool | None = None
    scan_message_content: str | None = None
    fallback_to_long_code: bool | None = None
    area_code_geomatch: bool | None = None
    synchronous_validation: bool | None = None
    validity_period: int | None = None
    url: str | None = None
    links: Mapping[str, str] | None = None
    usecase: str | None = None
    us_app_to_person_registered: bool | None = None
    use_inbound_webhook_on_number: bool | None = None


class ServiceSettings(Checked, frozen=True, kw_only=True, rename=pascal):
    """What a service may be given: the fields that `ServiceDraft` and `ServiceChanges` share.

    Attributes:
        inbound_request_url: where Twilio sends incoming messages; empty for the numbers' own.
        inbound_method: ``POST`` or ``GET``.
        fallback_url: where Twilio turns when `inbound_request_url` fails.
        fallback_method: ``POST`` or ``GET``.
        status_callback: the URL that is told of every change of a message's status.
        sticky_sender: keep the sender that a recipient knows.
        mms_converter: send as SMS, with a link, where MMS can't be received.
        smart_encoding: replace characters that cost a UCS-2 encoding.
        scan_message_content: ``inherit``, ``enable`` or ``disable``; reserved by Twilio.
        fallback_to_long_code: without effect.
        area_code_geomatch: prefer a sender with the recipient's area code.
        validity_period: seconds a message may wait in Twilio's queue, 1 to 36,000.
        synchronous_validation: reserved by Twilio.
        usecase: what the service is for; `client.services.use_cases` lists the choices.
        use_inbound_webhook_on_number: a number's own webhook goes before the service's.
    """

    inbound_request_url: str | UnsetType = UNSET
    inbound_method: str | UnsetType = UNSET
    fallback_url: str | UnsetType = UNSET
    fallback_method: str | UnsetType = UNSET
    status_callback: str | UnsetType = UNSET
    sticky_sender: bool | UnsetType = UNSET
    mms_converter: bool | UnsetType = UNSET
    smart_encoding: bool | UnsetType = UNSET
    scan_message_content: str | UnsetType = UNSET
    fallback_to_long_code: bool | UnsetType = UNSET
    area_code_geomatch: bool | UnsetType = UNSET
    validity_period: int | UnsetType = UNSET
    synchronous_validation: bool | UnsetType = UNSET
    usecase: str | UnsetType = UNSET
    use_inbound_webhook_on_number: bool | UnsetType = UNSET


class ServiceDraft(ServiceSettings, frozen=True, kw_only=True, rename=pascal):
    """A service that has not been created.

    Attributes:
        friendly_name: a name for people, up to 64 characters.
    """

    friendly_name: str


class ServiceChanges(ServiceSettings, frozen=True, kw_only=True, rename=pascal):
    """What is to change of a service; what is not given stays as it is.

    Attributes:
        friendly_name: a name for people, up to 64 characters.
    """

    friendly_name: str | UnsetType = UNSET


class UseCase(Shown, frozen=True, kw_only=True, gc=False):
    """What a service may be for. Twilio's reference: Services, Usecases.

    Attributes:
        usecase: the value that a service takes: ``notifications``, ``marketing``, ...
        description: what such messages hold.
        purpose: the same in a few words.
    """

    usecase: str | None = None
    description: str | None = None
    purpose: str | None = None
