"""Twilio's error codes as the simulator answers them: HTTP status and text of each.

Twilio's own texts repeat the number they complain about; so do these (`{value}`), because a client must cope with it.
Source: Twilio's "Error and Warning Dictionary". The HTTP statuses of 20009, 20409, 21611, 21717, 21719, 30113, 30400 and
30409 are not documented there; these are the simulator's choice.
"""

from __future__ import annotations

ERRORS: dict[int, tuple[int, str]] = {
    20001: (400, "Invalid parameter: {value}"),
    20003: (401, "Authentication Error - invalid username"),
    20004: (405, "Method not allowed"),
    20009: (409, "Cannot delete message {value} because delivery has not been completed"),
    20404: (404, "The requested resource {value} was not found"),
    20409: (409, "The request conflicts with the state of the resource: {value}"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service unavailable"),
    21211: (400, "The 'To' number {value} is not a valid phone number."),
    21212: (400, "The 'From' number {value} is not a valid phone number, shortcode or sender ID."),
    21265: (400, "'To' number {value} cannot be a short code."),
    21266: (400, "'To' and 'From' number cannot be the same: {value}"),
    21408: (400, "Permission to send an SMS has not been enabled for the region of {value}."),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (
        400,
        "The 'From' phone number {value} is not a valid, message-capable number of yours.",
    ),
    21609: (400, "The 'StatusCallback' URL {value} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient {value}"),
    21611: (429, "This 'From' number {value} has exceeded the maximum number of queued messages."),
    21612: (
        400,
        "Message cannot be sent with the current combination of 'To' ({value}) and 'From'.",
    ),
    21614: (400, "'To' number {value} is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit."),
    21620: (400, "Invalid media URL(s): {value}"),
    21623: (400, "Number of media files exceeds allowed limit."),
    21624: (400, "The validity period {value} is invalid."),
    21654: (400, "ContentSid required"),
    21655: (400, "The ContentSid {value} is invalid."),
    21656: (400, "The ContentVariables parameter is invalid."),
    21664: (400, "FallbackFrom cannot be used together with From."),
    21666: (400, "FallbackFrom requires a Messaging Service."),
    21701: (400, "The Messaging Service {value} does not exist."),
    21703: (400, "The Messaging Service {value} has no sender that can send this message."),
    21704: (400, "The Messaging Service {value} contains no senders."),
    21711: (400, "The sender {value} is not associated with the Messaging Service."),
    21717: (400, "The Brand Registration {value} for the US A2P campaign is not registered."),
    21719: (400, "The US A2P use case {value} does not go with this Messaging Service or brand."),
    21910: (400, "Invalid 'From' and 'To' pair: both must be of the same channel."),
    30113: (400, "There are no deactivated numbers for dates before {value}."),
    30400: (400, "Only an empty Body or Status=canceled may be given, and not both."),
    30409: (409, "Message {value} can no longer be canceled."),
    35111: (400, "SendAt timestamp is missing."),
    35114: (400, "SendAt {value} is not a UTC timestamp of the form YYYY-MM-DDTHH:MM:SSZ."),
    35115: (400, "SendAt must be more than 300 seconds in the future."),
    35117: (400, "SendAt must be at most 35 days in the future."),
    35118: (400, "MessagingServiceSid is required to schedule a message."),
    35126: (400, "The ScheduleType {value} is not supported."),
    63017: (429, "Rate limit exceeded"),
    63038: (429, "Account exceeded the daily messages limit"),
}

DELIVERY_ERRORS: dict[int, str] = {
    30001: "Queue overflow",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30032: "Toll-Free Number Has Not Been Verified",
    30034: "Message from an Unregistered Number",
    30036: "Validity Period Expired",
}
