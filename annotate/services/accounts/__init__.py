"""Who somebody is: signing in, second factors, sessions, and what is kept of a person."""
