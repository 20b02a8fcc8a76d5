"""Three values: True, False and None (unknown)."""


def all_of(verdicts):
    """Not asked further once one is False."""
    whole = True
    for verdict in verdicts:
        if verdict is False:
            return False
        whole = whole if verdict else None
    return whole


def any_of(verdicts):
    return negation(all_of(map(negation, verdicts)))


def negation(verdict):
    return None if verdict is None else not verdict
