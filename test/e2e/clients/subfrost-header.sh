curl -X POST "https://mainnet.subfrost.io/v4/jsonrpc" \
  -H "Content-Type: application/json" \
  -H "x-subfrost-api-key: a1b2c3d4e5f67890a1b2c3d4e5f67890" \
  -d '{"jsonrpc":"2.0","method":"btc_getblockcount","params":[],"id":1}'
