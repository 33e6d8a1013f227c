"""Every knob of the server, declared once: name, default, range, help in English and Korean.

The command line, the environment, the TOML file, `realtime config show`, the messages about bad
values and the tables of both READMEs are made from these classes. A field `some_name` is the flag
`--some-name`, the variable `STT_SOME_NAME` and the key `some_name`.
"""

from realtime.settings.merged import Settings
from realtime.settings.sources import load
from realtime.settings.table import settings_table

__all__ = ["Settings", "load", "settings_table"]
