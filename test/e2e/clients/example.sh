curl -X GET https://api.example.com/v1/users/usr_123 \
-H "Authorization: Bearer sk_live_abc123xyz789"
