"""What one client may send, and what it is answered (specification, sections 1 to 4)."""

from __future__ import annotations

from tests.server.support import check_promises, client, running, script, tones

TALK = script("alpha bravo charlie/delta echo foxtrot", 1.0, 4.0)
WORDS = "alpha bravo charlie delta echo foxtrot"


async def test_without_a_handshake_everything_is_said() -> None:
    async with running(TALK) as served, client(served.url) as caller:
        await caller.play(tones(TALK, 6.0))
        messages = await caller.end()
        assert caller.socket.close_code == 1000
    kinds = [message["type"] for message in messages]
    assert kinds[0] == "ready"
    assert kinds[-1] == "end"
    assert set(kinds) == {"ready", "partial", "final", "end"}
    assert caller.text == WORDS
    check_promises(messages)
