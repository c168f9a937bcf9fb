"""The ways out: WeCom and the service account, each behind the same small interface."""
