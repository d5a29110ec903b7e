"""How the tests start Chromium."""

BROWSER_ARGUMENTS = [
    "--headless",
    "--no-sandbox",  # the tests may run as root, in a container
    "--disable-gpu",
    "--disable-dev-shm-usage",
    # Chromium asks its maker for news at its start; tests must reach nothing but this machine.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
