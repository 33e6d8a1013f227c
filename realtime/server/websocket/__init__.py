"""The WebSocket server: sockets, connections, messages in and out."""
