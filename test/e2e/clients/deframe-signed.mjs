import crypto from 'crypto'

function signRequest(method, path, body, timestamp, secret) {
  const message = `${method}${path}${timestamp}${JSON.stringify(body)}`
  return crypto.createHmac('sha256', secret).update(message).digest('hex')
}

const timestamp = Date.now()
const signature = signRequest('GET', '/strategies', null, timestamp, apiSecret)
