"""The one way out: every request to a registry passes through :class:`portcall.http.client.HttpClient`."""
