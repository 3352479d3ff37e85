import requests
import os

API_KEY = os.environ.get('DATAFRAMER_API_KEY')
BASE_URL = 'https://df-api.dataframer.ai/api/dataframer'

headers = {
    'Authorization': f'Bearer {API_KEY}',
    'Content-Type': 'application/json'
}

# Make authenticated request
response = requests.get(f'{BASE_URL}/datasets/', headers=headers)
datasets = response.json()

print(f"Found {len(datasets)} datasets")
