"""google-genai for Python: a turn, a goAway, and a resume with the newest handle, as Google's resumption guide does it.

Its client turns every base URL into wss, so the server speaks TLS; SSL_CERT_FILE says what to trust.
"""

import asyncio
import sys

from talk import ANSWER, FIRST_WORDS, QUESTION, check, order, within

try:
    from google import genai
    from google.genai import types
except ImportError:
    sys.exit(3)

MODEL = "gemini-live-2.5-flash-preview"


async def listen(session, news, is_over):
    while True:
        async for message in session.receive():
            update = message.session_resumption_update
            if update and update.resumable and update.new_handle:
                news["handle"] = update.new_handle
            if message.go_away:
                news["time_left"] = message.go_away.time_left
            news["said"] += message.text or ""
            if is_over(message):
                return


async def ask(session, news, text):
    news["said"] = ""
    await session.send_client_content(
        turns=types.Content(role="user", parts=[types.Part(text=text)]), turn_complete=True
    )
    await within(listen(session, news, lambda m: m.server_content and m.server_content.turn_complete))
    return news["said"]


async def main():
    client = genai.Client(api_key="any", http_options=types.HttpOptions(base_url=sys.argv[1], api_version="v1beta"))
    news = {"handle": None, "time_left": None, "said": ""}

    def config():
        return types.LiveConnectConfig(
            response_modalities=["TEXT"],
            session_resumption=types.SessionResumptionConfig(handle=news["handle"]),
        )

    async with client.aio.live.connect(model=MODEL, config=config()) as session:
        said = await ask(session, news, FIRST_WORDS)
        check("a text turn is answered", "Ada" in said, f"heard {said!r}")
        await within(listen(session, news, lambda _: news["handle"] is not None))
        await order("goAway", {"timeLeftMs": 3000})
        await within(listen(session, news, lambda m: m.go_away))
        check("a goAway is received, with its time", news["time_left"] == "3s", f"time_left was {news['time_left']}")
    async with client.aio.live.connect(model=MODEL, config=config()) as session:
        said = await ask(session, news, QUESTION)
        check("the context survived: it knows what was said first", ANSWER.search(said), f"heard {said!r}")


asyncio.run(main())
