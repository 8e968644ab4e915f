"""The table of contents of the command line: commands of the server, and of its operator."""

import cyclopts

from . import backup, client, doctor, groups, operator, search, server, stock

app = cyclopts.App(
    name="vitrina",
    help="Sell and license digital content: the server, its operator's tools, and the client.",
    version_flags=["--version"],
)

app.command(server.serve)
app.command(server.work)
app.command(server.migrate)
app.command(server.demo)
app.command(backup.backup)
app.command(backup.restore)
app.command(doctor.doctor)
app.command(doctor.settings)
app.command(search.search, name="search")
app.command(operator.sellers, name="seller")
app.command(operator.tokens, name="token")
app.command(operator.operators, name="operator")
app.command(stock.stock, name="stock")
app.command(groups.groups, name="group")
app.command(groups.members, name="member")
app.command(groups.licences, name="licence")
app.command(groups.invoices, name="invoice")
app.command(client.upload, group=client.SELLERS)
app.command(client.offers, name="offers")
app.command(client.keys, name="keys")
app.command(client.contents, name="contents")
app.command(client.catalog, group=client.SELLERS)
