curl -X GET 'https://df-api.dataframer.ai/api/dataframer/datasets/' \
-H 'Authorization: Bearer sk_live_1234567890abcdefghijklmnopqrstuvwxyz'
