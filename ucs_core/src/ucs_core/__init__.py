"""The platform of UCS: access, the catalogue's verbs behind one pipeline, the doors, and the process that runs them."""
