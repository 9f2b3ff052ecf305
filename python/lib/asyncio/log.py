"""asyncio's logger."""
from weft_later import Logger

logger = Logger(__package__)
