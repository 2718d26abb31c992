/* What the kernel allows: the endpoints of the host contract in one epoll loop, which hardly looks at a request and sends bytes made
 * beforehand, up to 64 frames a call. No server can be that simple; a figure near to it measures the kernel.
 * Usage: cc -O2 -o limit limit.c && ./limit */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { READY = 1024, INPUT = 16384, BATCH = 64, LARGEST = 1 << 20, SLOTS = 65536, PENDING = 1 << 16 };
enum kind { IDLE, STREAMING, TICKING, SUBSCRIBED };

/* A connection. What could not be sent at once waits in pending, or, of a stream, is counted in bytes. */
struct connection {
    int fd;
    uint8_t kind, awaits_room;
    int period, slot;                           /* of ticks, in ms */
    struct connection *next, *previous;         /* in its slot of the wheel, or among the subscribers */
    char *frame;                                /* of a stream */
    int frame_size;
    uint64_t left;                              /* bytes of a stream that are yet to be sent */
    char *pending;
    size_t pending_start, pending_end, pending_size;
};

static const char GREETING[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";
static const char HEAD[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";
static const char EVENTS[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
static const char END[] = "0\r\n\r\n";

static int poll_fd, active, subscriber_count;
static struct connection *wheel[SLOTS];         /* a slot is a millisecond */
static struct connection subscribers;           /* the head of a ring */
static char input[INPUT + 1], output[INPUT * 8];
static uint64_t wheel_time;

static uint64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000ull + time.tv_nsec / 1000000;
}

static long number(const char *request, const char *name, long otherwise) {
    const char *found = strstr(request, name);
    return found ? atol(found + strlen(name)) : otherwise;
}

static void watch(struct connection *c, int operation, int room) {
    struct epoll_event event = { .events = EPOLLIN | (room ? EPOLLOUT : 0), .data.ptr = c };
    c->awaits_room = room;
    epoll_ctl(poll_fd, operation, c->fd, &event);
}

static void await_room(struct connection *c, int room) {
    if (c->awaits_room != room) watch(c, EPOLL_CTL_MOD, room);
}

static void put_in_wheel(struct connection *c, uint64_t due) {
    c->slot = due % SLOTS;
    c->previous = NULL;
    c->next = wheel[c->slot];
    if (c->next) c->next->previous = c;
    wheel[c->slot] = c;
}

static void take_from_wheel(struct connection *c) {
    if (c->previous) c->previous->next = c->next;
    else wheel[c->slot] = c->next;
    if (c->next) c->next->previous = c->previous;
}

static void leave(struct connection *c) {
    if (c->kind == TICKING) {
        take_from_wheel(c);
        active--;
    } else if (c->kind == SUBSCRIBED) {
        c->previous->next = c->next;
        c->next->previous = c->previous;
        subscriber_count--;
    }
    c->kind = IDLE;
}

static void hang_up(struct connection *c) {
    leave(c);
    close(c->fd);
    free(c->frame);
    free(c->pending);
    free(c);
}

static void keep(struct connection *c, const char *bytes, size_t length) {
    if (c->pending_end + length > c->pending_size) {
        c->pending_size = (c->pending_end + length) * 2;
        c->pending = realloc(c->pending, c->pending_size);
    }
    memcpy(c->pending + c->pending_end, bytes, length);
    c->pending_end += length;
    await_room(c, 1);
}

/* Sends, and keeps what the socket does not take. An error shows in the next read. */
static void send_bytes(struct connection *c, const char *bytes, size_t length) {
    ssize_t sent = 0;
    if (c->pending_end == 0) sent = send(c->fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0) sent = errno == EAGAIN ? 0 : (ssize_t)length;
    if ((size_t)sent < length) keep(c, bytes + sent, length - sent);
}

static void send_pending(struct connection *c) {
    ssize_t sent = send(c->fd, c->pending + c->pending_start, c->pending_end - c->pending_start, MSG_NOSIGNAL);
    if (sent > 0) c->pending_start += sent;
    if (c->pending_start < c->pending_end) return;
    c->pending_start = c->pending_end = 0;
    if (c->pending_size > PENDING) {
        free(c->pending);
        c->pending = NULL;
        c->pending_size = 0;
    }
    await_room(c, c->kind == STREAMING);
}

static void end_stream(struct connection *c) {
    c->kind = IDLE;
    free(c->frame);
    c->frame = NULL;
    await_room(c, 0);
    send_bytes(c, END, sizeof END - 1);
}

/* One call, then the next connection's turn. */
static void send_stream(struct connection *c) {
    struct iovec frames[BATCH];
    int count = 0, offset = (c->frame_size - c->left % c->frame_size) % c->frame_size;
    for (uint64_t left = c->left; left > 0 && count < BATCH; offset = 0) {
        frames[count].iov_base = c->frame + offset;
        frames[count].iov_len = c->frame_size - offset;
        left -= frames[count++].iov_len;
    }
    ssize_t sent = writev(c->fd, frames, count);
    if (sent > 0) c->left -= sent;
    if (c->left == 0) end_stream(c);
}

static int make_frame(char *frame, const char *before, long size, const char *after) {
    int length = sprintf(frame, "%lx\r\n%s", size + (long)(strlen(before) + strlen(after)), before);
    memset(frame + length, 'x', size);
    return length + size + sprintf(frame + length + size, "%s\r\n", after);
}

static void begin_stream(struct connection *c, const char *request) {
    long size = number(request, "size=", 64);
    if (size < 1 || size > LARGEST) size = 64;
    c->frame = malloc(size + 32);
    c->frame_size = make_frame(c->frame, "", size, "");
    c->left = (uint64_t)number(request, "chunks=", 10) * c->frame_size;
    send_bytes(c, HEAD, sizeof HEAD - 1);
    if (c->left == 0) {
        end_stream(c);
        return;
    }
    c->kind = STREAMING;
    await_room(c, 1);
}

static void begin_ticks(struct connection *c, const char *request) {
    c->kind = TICKING;
    c->period = number(request, "ms=", 1000);
    if (c->period < 1 || c->period >= SLOTS) c->period = 1000;
    if (active++ == 0) wheel_time = now_ms();
    put_in_wheel(c, now_ms() + c->period);
    send_bytes(c, HEAD, sizeof HEAD - 1);
}

static void begin_events(struct connection *c) {
    c->kind = SUBSCRIBED;
    c->next = &subscribers;
    c->previous = subscribers.previous;
    c->previous->next = c;
    subscribers.previous = c;
    subscriber_count++;
    send_bytes(c, EVENTS, sizeof EVENTS - 1);
}

static void send_number(struct connection *c, int value) {
    char body[16], response[128];
    int length = sprintf(body, "%d", value);
    send_bytes(c, response, sprintf(response, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", length, body));
}

/* All events to one subscriber, then to the next: up to 64 frames a call. */
static void publish(struct connection *c, const char *request) {
    static char event[LARGEST + 64];
    long size = number(request, "size=", 64), events = number(request, "n=", 1);
    if (size < 1 || size > LARGEST) size = 64;
    int length = make_frame(event, "data: ", size, "\n\n");
    for (struct connection *to = subscribers.next; to != &subscribers; to = to->next) {
        for (long left = events; left > 0;) {
            struct iovec frames[BATCH];
            int count = left < BATCH ? left : BATCH;
            for (int i = 0; i < count; i++) frames[i] = (struct iovec){ event, length };
            ssize_t sent = to->pending_end ? 0 : writev(to->fd, frames, count);
            if (sent < 0) sent = errno == EAGAIN ? 0 : (ssize_t)count * length;
            for (long rest = (long)count * length - sent; rest > 0;) {
                long part = rest % length ? rest % length : length;
                keep(to, event + length - part, part);
                rest -= part;
            }
            left -= count;
        }
    }
    send_number(c, subscriber_count);
}

/* Answers all whole requests of the input; a torn one is not expected. */
static void answer(struct connection *c, char *request) {
    size_t length = 0;
    for (char *end; (end = strstr(request, "\r\n\r\n")); request = end + 4) {
        *end = 0;
        if (strncmp(request, "GET /plaintext", 14) == 0) {
            memcpy(output + length, GREETING, sizeof GREETING - 1);
            length += sizeof GREETING - 1;
        } else if (strncmp(request, "GET /stream", 11) == 0) begin_stream(c, request);
        else if (strncmp(request, "GET /tick", 9) == 0) begin_ticks(c, request);
        else if (strncmp(request, "GET /sse", 8) == 0) begin_events(c);
        else if (strncmp(request, "POST /publish", 13) == 0) publish(c, request);
        else send_number(c, strncmp(request, "GET /count", 10) == 0 ? subscriber_count : active);
    }
    if (length > 0) send_bytes(c, output, length);
}

static void tick(uint64_t now) {
    char text[64], frame[96];
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    size_t length = strftime(text, sizeof text, "It is %Y-%m-%dT%H:%M:%S", gmtime(&time.tv_sec));
    length += sprintf(text + length, ".%06ldZ\n", time.tv_nsec / 1000);
    int size = sprintf(frame, "%zx\r\n%s\r\n", length, text);
    for (; wheel_time <= now; wheel_time++) {
        struct connection *due = wheel[wheel_time % SLOTS];
        wheel[wheel_time % SLOTS] = NULL;
        for (struct connection *next; due; due = next) {
            next = due->next;
            put_in_wheel(due, wheel_time + due->period);
            send_bytes(due, frame, size);
        }
    }
}

/* Until the next slot that is not empty, or for ever. */
static int time_left(void) {
    if (active == 0) return -1;
    uint64_t now = now_ms(), next = wheel_time;
    while (!wheel[next % SLOTS]) next++;
    return next > now ? (int)(next - now) : 0;
}

static void accept_all(int listener) {
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct connection *c = calloc(1, sizeof *c);
        c->fd = fd;
        watch(c, EPOLL_CTL_ADD, 0);
    }
}

static void serve(struct connection *c, uint32_t events) {
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        ssize_t length = recv(c->fd, input, INPUT, 0);
        if (length == 0 || (length < 0 && errno != EAGAIN)) {
            hang_up(c);
            return;
        }
        input[length > 0 ? length : 0] = 0;
        answer(c, input);
    }
    if (!(events & EPOLLOUT)) return;
    if (c->pending_end > 0) send_pending(c);
    else if (c->kind == STREAMING) send_stream(c);
    else await_room(c, 0);
}

static int listen_anywhere(void) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 4096) < 0) exit(1);
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("Listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    subscribers.next = subscribers.previous = &subscribers;
    poll_fd = epoll_create1(0);
    int listener = listen_anywhere();
    struct connection self = { .fd = listener }, parent = { .fd = STDIN_FILENO };
    watch(&self, EPOLL_CTL_ADD, 0);
    watch(&parent, EPOLL_CTL_ADD, 0);   /* It lives as long as its standard input is open. */

    static struct epoll_event ready[READY];
    for (;;) {
        int count = epoll_wait(poll_fd, ready, READY, time_left());
        if (active > 0) tick(now_ms());
        for (int i = 0; i < count; i++) {
            struct connection *c = ready[i].data.ptr;
            if (c == &self) accept_all(listener);
            else if (c == &parent) return 0;
            else serve(c, ready[i].events);
        }
    }
}
