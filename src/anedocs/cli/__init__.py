"""The command line.

A command lives shortly and keeps nearly all that it makes: looking for garbage after every few
hundred objects, as Python does by itself, costs it a fifth of its time.
"""

import gc

gc.set_threshold(100_000)
