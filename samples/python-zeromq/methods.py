"""The methods that handler.py offers: name -> function of params and job."""


class Cancelled(Exception):
    """Raised by a method that stopped because it was asked to."""


class Permanent(Exception):
    """Raised when trying again cannot help: the job fails at once."""


class TryLater(Exception):
    """Raised when trying again helps only after a while, in place of the job's backoff."""

    def __init__(self, message, seconds):
        super().__init__(message)
        self.seconds = seconds


def count_words(params, job):
    """Counts the words of a text."""
    if not isinstance(params.get("text"), str):
        raise Permanent("text: a string is expected")
    return {"words": len(params["text"].split())}


def slow_count(params, job):
    """Counts up to a number, two steps a second; stops when it is cancelled."""
    for step in range(1, params["to"] + 1):
        if job.cancelled.wait(0.5):
            raise Cancelled
        job.progress(100 * step / params["to"], f"at {step}")
        if step % 4 == 0:
            job.log(f"counted to {step}")
    return {"counted": params["to"]}


def flaky(params, job):
    """Fails on its first attempt."""
    if job.assigned["attempt"] == 1:
        raise RuntimeError("the first attempt always fails")
    return {"attempt": job.assigned["attempt"]}


METHODS = {"words.count": count_words, "slow.count": slow_count, "flaky": flaky}
