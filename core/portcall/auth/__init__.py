"""Who asks over HTTP: tokens of the operator's own, and JWTs of an issuer that the operator trusts."""
