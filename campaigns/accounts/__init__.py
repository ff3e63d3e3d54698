"""People who work here: how they sign in, and what they may do where until when."""
