"""The documented messages over Python's `websockets`, without an SDK: a turn, a goAway, and a resume with the handle."""

import asyncio
import json
import sys

from talk import ANSWER, FIRST_WORDS, QUESTION, check, order, within

try:
    import websockets
except ImportError:
    sys.exit(3)

URL = sys.argv[1].replace("http", "ws", 1) + (
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=any"
)
MODEL = "models/gemini-live-2.5-flash-preview"


class Link:
    def __init__(self, socket):
        self.socket = socket
        self.handle = None
        self.time_left = None
        self.said = ""

    async def send(self, **message):
        await self.socket.send(json.dumps(message))

    async def listen(self, is_over):
        """Reads until `is_over` says of a message that it was the last."""
        while True:
            message = json.loads(await within(self.socket.recv()))
            update = message.get("session_resumption_update") or message.get("sessionResumptionUpdate") or {}
            self.handle = update.get("newHandle") or self.handle
            self.time_left = message.get("goAway", {}).get("timeLeft", self.time_left)
            content = message.get("serverContent", {})
            for part in content.get("modelTurn", {}).get("parts", []):
                self.said += part.get("text", "")
            if is_over(message):
                return

    async def set_up(self, resumption):
        # proto3 JSON: the names of the proto are as good as those in camelCase.
        await self.send(
            setup={
                "model": MODEL,
                "generation_config": {"response_modalities": ["TEXT"]},
                "session_resumption": resumption,
            }
        )
        await self.listen(lambda message: "setupComplete" in message)

    async def ask(self, text):
        self.said = ""
        turn = {"role": "user", "parts": [{"text": text}]}
        await self.send(client_content={"turns": [turn], "turn_complete": True})
        await self.listen(lambda message: message.get("serverContent", {}).get("turnComplete"))
        return self.said


async def main():
    async with websockets.connect(URL) as socket:
        link = Link(socket)
        await link.set_up({})
        said = await link.ask(FIRST_WORDS)
        check("a text turn is answered", "Ada" in said, f"heard {said!r}")
        await link.listen(lambda _: link.handle is not None)
        await order("goAway", {"timeLeftMs": 3000})
        await link.listen(lambda message: "goAway" in message)
        check("a goAway is received, with its time", link.time_left == "3s", f"timeLeft was {link.time_left}")
    async with websockets.connect(URL) as socket:
        resumed = Link(socket)
        await resumed.set_up({"handle": link.handle})
        said = await resumed.ask(QUESTION)
        check("the context survived: it knows what was said first", ANSWER.search(said), f"heard {said!r}")


asyncio.run(main())
