const axios = require('axios');

const API_KEY = process.env.DATAFRAMER_API_KEY;
const BASE_URL = 'https://df-api.dataframer.ai/api/dataframer';

const headers = {
  'Authorization': `Bearer ${API_KEY}`,
  'Content-Type': 'application/json'
};

// Make authenticated request
async function getDatasets() {
  const response = await axios.get(`${BASE_URL}/datasets/`, { headers });
  console.log(`Found ${response.data.length} datasets`);
}

getDatasets();
