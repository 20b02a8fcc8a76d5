"""Three values: True, False and None (unknown)."""


def all_of(verdicts):
    verdicts = list(verdicts)
    if False in verdicts:
        return False
    return None if None in verdicts else True


def any_of(verdicts):
    verdicts = list(verdicts)
    if True in verdicts:
        return True
    return None if None in verdicts else False


def negation(verdict):
    return None if verdict is None else not verdict
