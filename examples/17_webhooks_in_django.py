"""An async view of Django: `handle` takes what any framework has read, and gives the answer back.

Start it with a port, `python examples/17_webhooks_in_django.py 8080`. Twilio must reach it: give
the public address as PUBLIC_URL, and `$PUBLIC_URL/sms` to your number as its webhook.
"""

from __future__ import annotations

import os
import sys

import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from async_messaging import MessagingClient
from async_messaging.webhooks import InboundMessage, Webhooks

PORT = int(sys.argv[1])
PUBLIC_URL = os.environ.get("PUBLIC_URL", f"http://127.0.0.1:{PORT}")

hooks = Webhooks(auth_token=os.environ["TWILIO_AUTH_TOKEN"], public_url=PUBLIC_URL)


@hooks.on_message
async def reply(message: InboundMessage) -> str:
    """Tell the owner, and thank the writer."""
    async with MessagingClient() as client:
        owner = os.environ.get("OWNER", "+14155550199")
        await client.messages.create(to=owner, from_=message.to, body="Somebody wrote to you.")
    return "Thank you, we will be in touch."


@csrf_exempt
async def sms(request: HttpRequest) -> HttpResponse:
    """POST /sms: hand the request over as it came."""
    answer = await hooks.handle(
        method=request.method or "",
        target=request.get_full_path(),
        headers=request.headers,
        body=request.body,
        peer=request.META.get("REMOTE_ADDR"),
    )
    return HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))


urlpatterns = [path("sms", sms)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY=os.urandom(32).hex())

if __name__ == "__main__":
    app = get_asgi_application()
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning", lifespan="off")
