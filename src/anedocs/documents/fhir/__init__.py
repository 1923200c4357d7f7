"""The order set as FHIR R4: resources, CQL, Bundles, and the rules they must keep."""
