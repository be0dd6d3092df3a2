"""The Bitcoin network as a node's source of the chain: connections, disk and time around
`chain.sync`."""
