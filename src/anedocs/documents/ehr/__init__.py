"""What worksheet, dose check and FHIR share: codes, evidence, rows of doses, cells."""
