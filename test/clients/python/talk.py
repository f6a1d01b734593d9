"""How a Python client tells the runner what held: one JSON object a line on stdout, orders answered on stdin.

Owns the lines. Knows nothing of any library.
"""

import asyncio
import json
import re
import sys

FIRST_WORDS = "My name is Ada."
QUESTION = "What did I say first?"
ANSWER = re.compile(r"first you said\W+my name is ada", re.IGNORECASE)
TIMEOUT_S = 8


def tell(**message):
    print(json.dumps(message), flush=True)


def check(what, holds, otherwise=""):
    """One claim about what came back; the first that fails ends the program."""
    tell(check=what, failure=None if holds else otherwise or "it does not hold")
    if not holds:
        sys.exit(0)


async def order(name, argument=None):
    tell(order=name, argument=argument)
    line = await asyncio.to_thread(sys.stdin.readline)
    return json.loads(line)["value"]


async def within(awaitable):
    return await asyncio.wait_for(awaitable, TIMEOUT_S)
