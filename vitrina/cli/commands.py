"""The table of contents of the command line: commands of the server, and of its operator."""

import cyclopts

from . import client, doctor, operator, server

app = cyclopts.App(
    name="vitrina",
    help="Sell and license digital content: the server, its operator's tools, and the client.",
    version_flags=["--version"],
)

app.command(server.serve)
app.command(server.work)
app.command(server.migrate)
app.command(server.demo)
app.command(doctor.doctor)
app.command(doctor.settings)
app.command(operator.sellers, name="seller")
app.command(operator.tokens, name="token")
app.command(operator.operators, name="operator")
app.command(client.upload, group=client.SELLERS)
app.command(client.offers, name="offers")
app.command(client.keys, name="keys")
app.command(client.contents, name="contents")
app.command(client.catalog, group=client.SELLERS)
