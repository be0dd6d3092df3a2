"""Keeps the seed of the wallet in one folder, behind `api.custody.CustodyApi`."""
