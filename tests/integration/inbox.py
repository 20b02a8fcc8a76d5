"""The pushes that reached the app's backend, as the receiver saw them: what came, how often, and what it answered."""
from collections import Counter
from dataclasses import dataclass

from receiver import Answer, Receiver

ACCEPTED = Answer(200)
BUSY = Answer(503)
LOST = Answer(mode="lost")  # taken in, and the line dead before the reply


@dataclass(frozen=True)
class Arrival:
    """One request. A push that is sent again arrives again, under the same id."""
    id: str
    user: str
    campaign: str
    title: str
    body: str
    url: str
    accepted: bool


class Inbox:
    def __init__(self, secret):
        self.arrivals, self.tries = [], Counter()
        self.answer = lambda push_id, tries: ACCEPTED  # (webhook-id, how often it came before) -> an Answer
        self.receiver = Receiver(secret=secret)
        self.receiver.script("/push", self.take)
        self.receiver.__enter__()
        self.url = self.receiver.url + "/push"

    def take(self, request):
        data = request.json["data"]
        answer = self.answer(request.id, self.tries[request.id])
        self.tries[request.id] += 1
        self.arrivals.append(Arrival(request.id, data["user"], data["campaign"], data.get("title", ""), data.get("body", ""),
                                     data.get("url", ""), answer is ACCEPTED))
        return answer

    @property
    def accepted(self):
        return [arrival for arrival in list(self.arrivals) if arrival.accepted]

    @property
    def pushes(self):
        """{id: Arrival} of those accepted, each id once."""
        return {arrival.id: arrival for arrival in self.accepted}

    @property
    def duplicates(self):
        """How many accepted requests were repeats of an id accepted before."""
        return len(self.accepted) - len(self.pushes)

    def close(self):
        """Ends the receiver; fails if something came that the daemon had not signed."""
        self.receiver.__exit__()
        assert not self.receiver.unsigned, f"{self.receiver.unsigned} requests with a wrong signature"
