"""The asyncio shell: step, commit, perform."""
