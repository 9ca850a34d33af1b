"""A local Bot API server with a browser chat page: try, test and load the bot without a token.

Start it by `PlaygroundServer` of `lplate_bot.playground.server`, or alone by
`python -m lplate_bot.playground`.
"""

from typing import Final

PLAYGROUND_TOKEN: Final = "1:playground-token-for-this-machine-only"  # noqa: S105 -- public: it opens nothing but the playground
"""The token of the bot that is there out of the box."""

PLAYGROUND_USERNAME: Final = "lplate_playground_bot"
PLAYGROUND_NAME: Final = "L-plate"
