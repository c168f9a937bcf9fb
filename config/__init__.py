"""Settings, policy values and every sentence a person reads. Only bot/ imports from here."""
