"""The order set: read with places, given meaning by the model, found in its library."""
