"""An async view of Django with an outbox; Django has no lifespan, and the outbox needs none.

Start it with a port, `python examples/20_outbox_in_django.py 8080`, then repeat as you like:
`curl -d visit=42 --data-urlencode to=+14155550100 http://127.0.0.1:8080/remind`.
What stays unknown is settled beside it: `async-messaging outbox settle visits.outbox --watch`.
"""

from __future__ import annotations

import os
import sys

import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from async_messaging import MessagingClient, MessagingError, Outbox

# Made once a process. Both connect on first use, and the process may end without closing them.
client = MessagingClient()
outbox = Outbox.open(os.environ.get("OUTBOX", "visits.outbox"), client)


@csrf_exempt
@require_POST
async def remind(request: HttpRequest) -> JsonResponse:
    """POST /remind: remind somebody of a visit, once."""
    try:
        sent = await outbox.send(
            key=f"reminder:{request.POST['visit']}",
            to=request.POST["to"],
            from_=os.environ["TWILIO_FROM"],
            body="See you tomorrow at nine.",
            timeout=8,
        )
    except MessagingError as error:  # unknown: repeating is safe; refused: it stays refused
        status = {"unknown": 202, "refused": 400}.get(error.outcome, 503)
        return JsonResponse({"outcome": error.outcome}, status=status)
    return JsonResponse({"sid": sent.sid, "again": sent.again})


urlpatterns = [path("remind", remind)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY=os.urandom(32).hex())

if __name__ == "__main__":
    app = get_asgi_application()
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", lifespan="off")
