"""The server's process: Streamlit, as long as the process that started it lives.

Whoever closes a terminal, or kills the command, leaves it no time to end what it started. So this process ends itself:
its standard input is a pipe, which the system closes when nobody holds its other end any more.
"""

import os
import shutil
import signal
import threading

#: How the names of the folders begin that `rnnhw.studio.server` makes for it: it deletes no other one.
FOLDERS = "rnnhw-studio-"


def watched_input() -> int:
    """Standard input as a descriptor of its own; what this process starts reads from nowhere."""
    pipe, nowhere = os.dup(0), os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    return pipe


def end_with(pipe: int, scratch: str) -> None:
    """Wait until the pipe is closed; then the folder goes, and this process with all that it started.

    Parameters
    ----------
    pipe : int
        Descriptor to read from.
    scratch : str
        Folder.
    """
    while os.read(pipe, 1):
        pass
    os.chdir(os.path.dirname(scratch))  # some systems keep a folder that somebody is in
    shutil.rmtree(scratch, ignore_errors=True)
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def main() -> None:
    """Run Streamlit's command line, in the folder that goes at the end."""
    scratch = os.getcwd()
    if not os.path.basename(scratch).startswith(FOLDERS):
        raise SystemExit(f"rnnhw: this is a part of rnnhw studio, and runs in folders named {FOLDERS}... only")
    threading.Thread(target=end_with, args=(watched_input(), scratch), daemon=True).start()
    from streamlit.web import cli

    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    main()
