"""Tencent played on one machine: WeCom, a WeChat service account, and phones in the browser."""
