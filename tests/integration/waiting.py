"""Waiting for what should happen, without guessing how long it takes; and a loop in a thread of its own."""
import asyncio
import threading
import time

PATIENCE = 30.0  # seconds until what should happen counts as not happening
PAUSE = 0.02


def poll(what, probe, patience=PATIENCE):
    """Asks probe() until its answer is true, and gives that answer; fails with what was waited for and the last answer."""
    deadline = time.monotonic() + patience
    while not (answer := probe()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience:g} s for {what}; last answer: {answer!r}")
        time.sleep(PAUSE)
    return answer


class LoopThread:
    """An asyncio loop that runs beside the test."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE)

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(PATIENCE)
        self.loop.close()
