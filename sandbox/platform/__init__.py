"""The three faces bots talk to: WeCom, the service account, and the authorize page."""
