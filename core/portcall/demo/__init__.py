"""The demonstration: a registry, a server and a client, all on this machine."""
