"""Slack's Web API methods over a `Workspace`: each refuses what Slack refuses."""

from __future__ import annotations

import time
from collections.abc import Callable

from bots.simulators.slack.rules import problems, units
from bots.simulators.slack.state import BOT_USER, Json, Stream, Workspace

_TRIGGER_SECONDS = 3.0


class Refused(Exception):  # noqa: N818 - the name says what Slack does
    """An `ok: false` answer."""

    def __init__(self, error: str, messages: list[str] | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages or []


class Methods:
    """The methods by name.

    Args:
        workspace: What they read and change.
        clock: Seconds that never go back; tests hand in their own.
        stream_seconds: After so long a stream is over.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        clock: Callable[[], float] = time.monotonic,
        stream_seconds: float = 300.0,
    ) -> None:
        self.workspace = workspace
        self.now = clock
        self._stream_seconds = stream_seconds
        self.base_url = ""

    def call(self, method: str, args: Json, team: str) -> Json:
        """Carry out a method and return its answer without `ok`.

        Raises:
            Refused: Slack would say no.
        """
        found = _METHODS.get(method)
        if found is None:
            raise Refused("unknown_method")
        return found(self, args, team)

    # --- messages -----------------------------------------------------------------------------

    def _checked(self, args: Json) -> None:
        error, messages = problems(args, native=self.workspace.native)
        if error:
            raise Refused(error, messages)

    def _channel(self, args: Json) -> str:
        channel = str(args.get("channel") or args.get("channel_id") or "")
        if channel not in self.workspace.channels:
            raise Refused("channel_not_found")
        return channel

    def post(self, args: Json, team: str) -> Json:
        """chat.postMessage."""
        channel = self._channel(args)
        self._checked(args)
        ts = self.workspace.next_ts()
        kept = {**args, "channel": channel, "ts": ts, "team": team, "user": BOT_USER}
        self.workspace.messages.append(kept)
        self.workspace.on_post(kept)
        return {"channel": channel, "ts": ts, "message": kept}

    def ephemeral(self, args: Json, team: str) -> Json:
        """chat.postEphemeral."""
        channel = self._channel(args)
        if args.get("user") not in self.workspace.channels[channel]:
            raise Refused("user_not_in_channel")
        self._checked(args)
        self.workspace.ephemeral.append({**args, "team": team})
        return {"message_ts": self.workspace.next_ts()}

    def update(self, args: Json, team: str) -> Json:
        """chat.update."""
        del team
        self._checked(args)
        for message in self.workspace.messages:
            if message["ts"] == args.get("ts"):
                message.update({k: v for k, v in args.items() if k in {"text", "blocks"}})
                self.workspace.on_post(message)
                return {"ts": message["ts"], "channel": message["channel"]}
        raise Refused("message_not_found")

    def replies(self, args: Json, team: str) -> Json:
        """conversations.replies."""
        del team
        channel, thread = self._channel(args), args.get("ts")
        found = [m for m in self.workspace.posted(channel) if m.get("thread_ts") == thread]
        return {"messages": found, "has_more": False}

    # --- streams ------------------------------------------------------------------------------

    def start_stream(self, args: Json, team: str) -> Json:
        """chat.startStream: in a channel it must say for whom."""
        channel = self._channel(args)
        whom = args.get("recipient_user_id") and args.get("recipient_team_id")
        if not channel.startswith("D") and not whom:
            raise Refused("missing_recipient")
        sent = self.post({**args, "text": args.get("markdown_text") or " "}, team)
        text = str(args.get("markdown_text") or "")
        self.workspace.streams[sent["ts"]] = Stream(channel, self.now(), text)
        return {"channel": channel, "ts": sent["ts"]}

    def _stream(self, args: Json) -> Stream:
        found = self.workspace.streams.get(str(args.get("ts")))
        if found is None:
            raise Refused("message_not_found")
        if self.now() - found.started > self._stream_seconds:
            found.is_open = False
        if not found.is_open:
            raise Refused("message_not_in_streaming_state")
        return found

    def append_stream(self, args: Json, team: str) -> Json:
        """chat.appendStream."""
        del team
        stream = self._stream(args)
        text = str(args.get("markdown_text") or "")
        if units(text) > 12_000:
            raise Refused("msg_too_long")
        stream.text += text
        return {"ts": args["ts"]}

    def stop_stream(self, args: Json, team: str) -> Json:
        """chat.stopStream."""
        stream = self._stream(args)
        stream.text += str(args.get("markdown_text") or "")
        text = stream.text or " "
        self.update({"ts": args["ts"], "text": text, "blocks": args.get("blocks") or []}, team)
        stream.is_open = False
        return {"ts": args["ts"], "channel": stream.channel}

    # --- people -------------------------------------------------------------------------------

    def user(self, args: Json, team: str) -> Json:
        """users.info."""
        del team
        found = self.workspace.users.get(str(args.get("user")))
        if found is None:
            raise Refused("user_not_found")
        return {"user": found}

    def members(self, args: Json, team: str) -> Json:
        """conversations.members."""
        del team
        found = self.workspace.channels[self._channel(args)]
        most = int(args.get("limit") or 100)
        cursor = "more" if len(found) > most else ""
        return {"members": found[:most], "response_metadata": {"next_cursor": cursor}}

    def open_dm(self, args: Json, team: str) -> Json:
        """conversations.open."""
        del team
        user = str(args.get("users"))
        if user not in self.workspace.users:
            raise Refused("user_not_found")
        channel = f"D{user}"
        self.workspace.channels.setdefault(channel, [user, BOT_USER])
        return {"channel": {"id": channel}}

    def who(self, args: Json, team: str) -> Json:
        """auth.test."""
        del args
        return {"team_id": team, "user_id": BOT_USER, "bot_id": "B1", "url": self.base_url}

    # --- files --------------------------------------------------------------------------------

    def upload_url(self, args: Json, team: str) -> Json:
        """files.getUploadURLExternal."""
        del team
        if not args.get("filename") or int(args.get("length") or 0) <= 0:
            raise Refused("invalid_arguments")
        file = f"F{next(self.workspace.counter)}"
        self.workspace.files[file] = {**args, "id": file, "data": b"", "shared": ""}
        return {"upload_url": f"{self.base_url}/upload/{file}", "file_id": file}

    def complete(self, args: Json, team: str) -> Json:
        """files.completeUploadExternal."""
        del team
        files = args.get("files") or []
        for item in files:
            kept = self.workspace.files.get(item["id"])
            if kept is None or len(kept["data"]) != int(kept["length"]):
                raise Refused("file_not_found")
            kept["shared"] = str(args.get("channel_id") or "")
            kept["thread_ts"] = args.get("thread_ts")
            kept["comment"] = args.get("initial_comment")
        return {"files": [{"id": f["id"], "title": f.get("title")} for f in files]}

    # --- surfaces -----------------------------------------------------------------------------

    def publish(self, args: Json, team: str) -> Json:
        """views.publish."""
        del team
        view = args["view"]
        if len(view["blocks"]) > 100:
            raise Refused("invalid_arguments", ["no more than 100 items allowed"])
        self.workspace.homes[str(args["user_id"])] = view
        return {"view": view}

    def open_view(self, args: Json, team: str) -> Json:
        """views.open: a trigger lives three seconds and works once."""
        del team
        born = self.workspace.triggers.pop(str(args.get("trigger_id")), None)
        if born is None:
            raise Refused("invalid_trigger_id")
        if self.now() - born > _TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        if units(args["view"]["title"]["text"]) > 24:
            raise Refused("invalid_arguments", ["title must be less than 25 characters"])
        self.workspace.views.append(args["view"])
        return {"view": args["view"]}

    def status(self, args: Json, team: str) -> Json:
        """assistant.threads.setStatus and agents.sessions.setStatus."""
        self.workspace.statuses.append({**args, "team": team})
        return {}

    def suggest(self, args: Json, team: str) -> Json:
        """assistant.threads.setSuggestedPrompts: four at most."""
        del team
        if not 1 <= len(args.get("prompts") or []) <= 4:
            raise Refused("invalid_arguments")
        self.workspace.prompts.append(args)
        return {}

    # --- installing ---------------------------------------------------------------------------

    def exchange(self, args: Json, team: str) -> Json:
        """oauth.v2.access: a code works once."""
        del team
        found = self.workspace.codes.pop(str(args.get("code")), None)
        if found is None:
            raise Refused("invalid_code")
        name, token = found
        self.workspace.tokens[token] = name
        return {
            "app_id": "A1",
            "access_token": token,
            "token_type": "bot",
            "scope": "chat:write",
            "bot_user_id": BOT_USER,
            "team": {"id": name, "name": name},
            "authed_user": {"id": "U1"},
        }


_METHODS: dict[str, Callable[[Methods, Json, str], Json]] = {
    "chat.postMessage": Methods.post,
    "chat.postEphemeral": Methods.ephemeral,
    "chat.update": Methods.update,
    "chat.startStream": Methods.start_stream,
    "chat.appendStream": Methods.append_stream,
    "chat.stopStream": Methods.stop_stream,
    "conversations.replies": Methods.replies,
    "conversations.members": Methods.members,
    "conversations.open": Methods.open_dm,
    "users.info": Methods.user,
    "auth.test": Methods.who,
    "files.getUploadURLExternal": Methods.upload_url,
    "files.completeUploadExternal": Methods.complete,
    "views.publish": Methods.publish,
    "views.open": Methods.open_view,
    "assistant.threads.setStatus": Methods.status,
    "agents.sessions.setStatus": Methods.status,
    "assistant.threads.setSuggestedPrompts": Methods.suggest,
    "oauth.v2.access": Methods.exchange,
}
