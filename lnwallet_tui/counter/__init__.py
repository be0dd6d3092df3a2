"""The counter over a Unix socket: every verb of `api.node.NodeApi` as a message and back."""
