"""The processes that the demonstration starts, each with its output read and its end noticed."""
import collections
import ctypes
import os
import signal
import subprocess
import threading

LOG_LINES = 40       # kept, to be shown when it dies
PATIENCE = 30        # seconds for an orderly end; the daemon's own is 25
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def die_with_parent():
    """Even if the demonstration itself is killed, nothing of it stays."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """A process of ours. `post` gets ("line", child, text) for each line it writes, and ("ended", child, None) in the end. It is in a session of
    its own: Ctrl-C comes to the demonstration alone, which then ends its children in order."""

    def __init__(self, name, command, post):
        self.name, self.post = name, post
        self.log = collections.deque(maxlen=LOG_LINES)
        environment = {key: value for key, value in os.environ.items() if key != "JOURNAL_STREAM"}
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, env=environment, start_new_session=True, preexec_fn=die_with_parent)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            text = line.decode("utf-8", "replace").rstrip()
            self.log.append(text)
            self.post(("line", self, text))
        self.process.wait()
        self.post(("ended", self, None))

    def end(self):
        """SIGTERM, and SIGKILL to what does not heed it."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join()
        self.process.stdout.close()
