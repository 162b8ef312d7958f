"""The sweep queue, fed by schedules, by the bus and by people: one order at a time."""

from services.sweep.carrying_out import carry_out
from services.sweep.dependencies import open_dependencies
from services.sweep.orders import parse
from shared.platform.consumer import Consumer

# Of sweeps that fail, the alarm tells that nobody sweeps: a database that restarts wakes no one.
consumer = Consumer("sweep", open_dependencies, parse, carry_out, counted=False)
handler = consumer.handler
