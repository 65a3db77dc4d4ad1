"""Event codes of programmed sessions, and the responses of forms that must find their session."""
