"""WeCom (企业微信): crypto, four transports, rendering."""
