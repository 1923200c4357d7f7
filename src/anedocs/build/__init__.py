"""Every patient-free document, all or nothing, with its manifest."""
