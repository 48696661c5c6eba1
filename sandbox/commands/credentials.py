"""`sandbox credentials …`"""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox.commands.context import session
from sandbox.commands.output import say, say_json, table

app = typer.Typer(help="API keys, OAuth clients, personas and tokens.", no_args_is_help=True)
PATH = "/sandbox/v1/credentials"


@app.command("list")
def list_credentials(context: typer.Context) -> None:
    """Show the workspace's credentials and personas."""
    current = session(context)
    found = current.client.get(PATH, pageSize=100)["data"]
    personas = current.client.get("/sandbox/v1/personas")["data"]
    if current.as_json:
        say_json({"credentials": found, "personas": personas})
        return
    table(
        ["ID", "NAME", "KIND", "CLIENT ID", "STATUS"],
        [(c["id"], c["name"], c["kind"], c.get("clientId"), c.get("status")) for c in found],
    )
    say()
    table(["PERSONA", "WHO"], [(p["name"], p["description"]) for p in personas])


@app.command("create")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What to call it.")],
    client: Annotated[bool, typer.Option("--client", help="An OAuth client instead of an API key.")] = False,
    scope: Annotated[list[str] | None, typer.Option(help="A scope to grant; repeat for more.")] = None,
) -> None:
    """Make a credential; its secret is shown only now."""
    current = session(context)
    kind = "oauth_client" if client else "api_key"
    result = current.client.post(PATH, {"name": name, "kind": kind, "scopes": scope or None})
    if current.as_json:
        say_json(result)
        return
    for member in ("id", "clientId", "apiKey", "clientSecret", "secret", "key"):
        if result.get(member):
            say(f"{member:13} {result[member]}")


@app.command("token")
def token(
    context: typer.Context,
    persona: Annotated[str | None, typer.Argument(help="Persona, as attendee.")] = None,
    credential: Annotated[str | None, typer.Option(help="Credential id instead of a persona.")] = None,
    expires_in: Annotated[int | None, typer.Option(help="Seconds; negative = already expired.")] = None,
    tamper: Annotated[str | None, typer.Option(help="bad_signature, wrong_issuer, alg_none …")] = None,
) -> None:
    """Mint an access token, also a broken one."""
    if (persona is None) == (credential is None):
        raise typer.BadParameter("name a persona or a credential", param_hint="PERSONA")
    current = session(context)
    body = {"persona": persona, "credentialId": credential, "expiresInSeconds": expires_in, "tamper": tamper}
    result = current.client.post("/sandbox/v1/tokens", body)
    say_json(result) if current.as_json else say(result["access_token"])
