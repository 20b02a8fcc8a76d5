"""What the person at the terminal sees: 80 columns, colours only on a terminal that wants them."""
import os
import sys
import textwrap
import time
import unicodedata

WIDTH = 80
LABEL = 11  # columns before the text


class Screen:
    def __init__(self, out=sys.stdout):
        self.out = out
        self.coloured = out.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        self.narrow = "utf" not in (out.encoding or "").lower()

    def paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.coloured else text

    def bold(self, text):
        return self.paint("1", text)

    def soft(self, text):
        return self.paint("2", text)

    def line(self, text=""):
        if self.narrow:
            text = text.encode("ascii", "replace").decode()
        print(text, file=self.out, flush=True)

    def labelled(self, label, text, paint=None):
        """The label in its column, the text beside it, folded."""
        text = "".join(c if c.isprintable() else " " for c in str(text))
        for piece in textwrap.wrap(text, WIDTH - LABEL, break_on_hyphens=False, break_long_words=False) or [""]:
            self.line(self.soft(f"{label:>{LABEL - 2}}  ") + (paint(piece) if paint else piece))
            label = ""

    def push(self, who, campaign, title, body, why, rule):
        left, room = time.strftime("%H:%M:%S"), WIDTH - LABEL - 2 - columns(campaign)
        who = who if columns(who) <= room else who[:room - 1] + "…"
        self.line(f"{left:{LABEL}}{self.bold(who)}{' ' * (room - columns(who) + 2)}{self.paint('36', campaign)}")
        self.labelled("", title, self.bold)
        self.labelled("", body)
        self.labelled("because", why, self.soft)
        self.labelled("rule", rule, self.soft)
        self.line()

    def note(self, text):
        for piece in textwrap.wrap(text, WIDTH - 2):
            self.line(self.soft("· " + piece))
        self.line()

    def warn(self, text):
        for piece in textwrap.wrap(text, WIDTH - 2):
            self.line(self.paint("33", "! " + piece))
        self.line()


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)
