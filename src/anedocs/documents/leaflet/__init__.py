"""The leaflet for families, as PDF and for Word."""
