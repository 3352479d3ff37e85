import axios from 'axios'

const deframe = axios.create({
  baseURL: 'https://api.deframe.io',
  headers: {
    'x-api-key': process.env.DEFRAME_API_KEY
  }
})

// Make authenticated request
const response = await deframe.get('/strategies')
