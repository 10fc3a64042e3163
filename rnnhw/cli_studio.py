"""``rnnhw studio``."""

import webbrowser
from typing import Annotated

import typer

from rnnhw.errors import RnnhwError

app = typer.Typer()


@app.command()
def studio(
    port: Annotated[int, typer.Option(min=0, max=65535, help="To listen on; 0 takes any free one.")] = 8501,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Open a local page: size and cost, training, hardware, bit-widths. It listens on this machine only."""
    from rnnhw.studio.server import serving

    with serving(port) as (address, process):
        print(f"rnnhw studio is at {address} (Ctrl-C ends it)", flush=True)
        if not no_browser:
            webbrowser.open(address)
        code = process.wait()
    raise RnnhwError(f"the studio's server ended with exit code {code}")
