"""The EHR package: build worksheet, dose check, FHIR order set, and what was really built."""
