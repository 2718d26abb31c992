// Node's http server with the endpoints of the host contract. Usage: node node.mjs
import { createServer } from 'node:http';

const greeting = Buffer.from('Hello, World!');
const text = { 'Content-Type': 'text/plain' };
const subscribers = new Set();
let active = 0;

function plain(response, body) {
  response.writeHead(200, { ...text, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function stream(response, chunks, size) {
  const chunk = Buffer.alloc(size, 'x');
  let left = chunks;
  response.writeHead(200, text);
  const write = () => {
    while (left > 0) {
      left--;
      if (!response.write(chunk)) return response.once('drain', write);
    }
    response.end();
  };
  write();
}

function tick(response, period) {
  active++;
  response.writeHead(200, text);
  response.flushHeaders();
  const timer = setInterval(() => response.write(`It is ${new Date().toISOString()}\n`), period);
  response.on('close', () => {
    clearInterval(timer);
    active--;
  });
}

function subscribe(response) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  response.flushHeaders();
  subscribers.add(response);
  response.on('close', () => subscribers.delete(response));
}

function publish(response, events, size) {
  const event = Buffer.from(`data: ${'x'.repeat(size)}\n\n`);
  for (let i = 0; i < events; i++) for (const subscriber of subscribers) subscriber.write(event);
  plain(response, 'OK');
}

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://127.0.0.1');
  const number = name => Number(url.searchParams.get(name));
  switch (url.pathname) {
    case '/plaintext': return plain(response, greeting);
    case '/stream': return stream(response, number('chunks'), number('size'));
    case '/tick': return tick(response, number('ms'));
    case '/active': return plain(response, String(active));
    case '/sse': return subscribe(response);
    case '/publish': return publish(response, number('n'), number('size'));
    case '/count': return plain(response, String(subscribers.size));
    default: response.writeHead(404).end();
  }
});

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => console.log(`Listening on http://127.0.0.1:${server.address().port}`));
process.stdin.resume().on('end', () => process.exit());
