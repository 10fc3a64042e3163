"""A pseudo-terminal with a double behind it."""

import os
import pty
import threading
import tty
from contextlib import contextmanager


@contextmanager
def on_terminal(double):
    """Serve a double on a pseudo-terminal; gives the port."""
    master, slave = pty.openpty()
    tty.setraw(slave)

    def work():
        while received := _read(master):
            double.write(received)
            if answer := double.read(0):
                os.write(master, answer)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield os.ttyname(slave)
    finally:
        os.close(slave)
        thread.join(5)
        os.close(master)


def _read(master):
    try:
        return os.read(master, 100)
    except OSError:  # the other side is closed
        return b""
