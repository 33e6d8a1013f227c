"""The listener of the web page (8100): the page itself, what it asks of the server, captions."""
