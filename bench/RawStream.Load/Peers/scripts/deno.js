// Deno.serve with the endpoints of the host contract. Usage: deno run --allow-net deno.js
const encoder = new TextEncoder();
const subscribers = new Set();
let active = 0;

function stream(chunks, size) {
  const chunk = new Uint8Array(size).fill(120);
  let left = chunks;
  return new Response(new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(chunk);
      else controller.close();
    },
  }), { headers: { 'Content-Type': 'text/plain' } });
}

function tick(period) {
  let timer;
  active++;
  return new Response(new ReadableStream({
    start(controller) {
      timer = setInterval(() => controller.enqueue(encoder.encode(`It is ${new Date().toISOString()}\n`)), period);
    },
    cancel() {
      clearInterval(timer);
      active--;
    },
  }), { headers: { 'Content-Type': 'text/plain' } });
}

function subscribe() {
  let own;
  return new Response(new ReadableStream({
    start(controller) {
      own = controller;
      subscribers.add(own);
    },
    cancel() {
      subscribers.delete(own);
    },
  }), { headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' } });
}

function publish(events, size) {
  const event = encoder.encode(`data: ${'x'.repeat(size)}\n\n`);
  for (let i = 0; i < events; i++) for (const subscriber of subscribers) subscriber.enqueue(event);
  return new Response('OK');
}

function answer(request) {
  const start = request.url.indexOf('/', 8);
  const query = request.url.indexOf('?', start);
  const path = query < 0 ? request.url.slice(start) : request.url.slice(start, query);
  if (path === '/plaintext') return new Response('Hello, World!');
  const values = new URLSearchParams(query < 0 ? '' : request.url.slice(query + 1));
  const number = name => Number(values.get(name));
  switch (path) {
    case '/stream': return stream(number('chunks'), number('size'));
    case '/tick': return tick(number('ms'));
    case '/active': return new Response(String(active));
    case '/sse': return subscribe();
    case '/publish': return publish(number('n'), number('size'));
    case '/count': return new Response(String(subscribers.size));
    default: return new Response(null, { status: 404 });
  }
}

Deno.serve({
  port: 0,
  hostname: '127.0.0.1',
  onListen: ({ port }) => console.log(`Listening on http://127.0.0.1:${port}`),
}, answer);

(async () => {
  for await (const _ of Deno.stdin.readable);
  Deno.exit();
})();
