"""One file per published table or figure."""
