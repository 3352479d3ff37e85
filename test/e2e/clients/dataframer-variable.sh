# Store key in variable
export API_KEY="sk_live_your_key_here"
# Use in requests
curl -X GET 'https://df-api.dataframer.ai/api/dataframer/datasets/' \
-H "Authorization: Bearer $API_KEY "
