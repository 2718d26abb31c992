// Bun.serve with the endpoints of the host contract. Its direct streams are the quickest that it has. Usage: bun run bun.js
const subscribers = new Set();
let active = 0;

const text = { headers: { 'Content-Type': 'text/plain' } };
const events = { headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' } };

function stream(chunks, size) {
  const chunk = new Uint8Array(size).fill(120);
  return new Response(new ReadableStream({
    type: 'direct',
    async pull(controller) {
      for (let i = 0; i < chunks; i++) {
        controller.write(chunk);
        await controller.flush();
      }
      controller.close();
    },
  }), text);
}

/** Runs until the client has left. Bun sends the head with the first bytes of the body, so there are some at once. */
function untilAborted(request, first, open, close) {
  return new ReadableStream({
    type: 'direct',
    pull(controller) {
      const opened = open(controller);
      controller.write(first);
      controller.flush();
      return new Promise(resolve => request.signal.addEventListener('abort', () => {
        close(opened);
        resolve();
      }));
    },
  });
}

const now = () => `It is ${new Date().toISOString()}\n`;

function tick(request, period) {
  active++;
  return new Response(untilAborted(
    request,
    now(),
    controller => setInterval(() => {
      controller.write(now());
      controller.flush();
    }, period),
    timer => {
      clearInterval(timer);
      active--;
    }), text);
}

function subscribe(request) {
  return new Response(untilAborted(
    request,
    ': \n\n',
    controller => {
      subscribers.add(controller);
      return controller;
    },
    controller => subscribers.delete(controller)), events);
}

function publish(count, size) {
  const event = `data: ${'x'.repeat(size)}\n\n`;
  for (let i = 0; i < count; i++) {
    for (const subscriber of subscribers) {
      subscriber.write(event);
      subscriber.flush();
    }
  }
  return new Response('OK');
}

function answer(request) {
  const url = new URL(request.url);
  const number = name => Number(url.searchParams.get(name));
  switch (url.pathname) {
    case '/plaintext': return new Response('Hello, World!');
    case '/stream': return stream(number('chunks'), number('size'));
    case '/tick': return tick(request, number('ms'));
    case '/active': return new Response(String(active));
    case '/sse': return subscribe(request);
    case '/publish': return publish(number('n'), number('size'));
    case '/count': return new Response(String(subscribers.size));
    default: return new Response(null, { status: 404 });
  }
}

const server = Bun.serve({ port: 0, hostname: '127.0.0.1', idleTimeout: 0, fetch: answer });
console.log(`Listening on http://127.0.0.1:${server.port}`);
process.stdin.resume().on('end', () => process.exit());
