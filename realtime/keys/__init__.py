"""Who may use the server, and how much: keys, their holders, quotas and what was used."""
