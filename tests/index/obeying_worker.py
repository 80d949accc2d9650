"""A worker process that does what its pieces tell it to, to see what becomes of those who wait for it."""

import os
import signal
import subprocess
import sys
import time

from qa_index.formats import reading
from qa_index.storage import worker
from qa_index.stories import Story


def stories(piece, fields):
    order, _, rest = piece.content.decode().partition(" ")
    if order == "exit":
        os._exit(int(rest))
    elif order == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif order == "sleep":
        time.sleep(float(rest))
    elif order == "print":
        sys.stdout.write("x" * 100_000)
        sys.stdout.flush()
        os.write(1, b"straight to the pipe" * 1000)
        subprocess.run(["echo", "from a process of its own"], check=True)
    elif order == "raise":
        raise ZeroDivisionError("as told")
    elif order == "recurse":
        stories_of_stories()
    elif order == "fill":
        bytearray(int(rest))
    yield Story(f"{os.getpid() if order == 'pid' else piece.content.decode()}")


def stories_of_stories():
    stories_of_stories()


reading.stories = stories
worker.main(int(sys.argv[1]), float(sys.argv[2]))
