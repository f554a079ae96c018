#include "connection.hpp"

#include <fstream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace minben::net {

namespace {

constexpr seconds linger_time{2};
constexpr std::size_t head_read = 4u << 10;  ///< bytes: most heads are shorter
constexpr seconds write_time{60};            ///< for each piece of an answer

std::optional<Method> parse_method(std::string_view text) {
  for (const Method method :
       {Method::get, Method::head, Method::post, Method::put, Method::del, Method::patch})
    if (to_string(method) == text) return method;
  return std::nullopt;
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, Shared& shared, Loop& loop)
    : Timed(loop.context),
      shared_(shared),
      loop_(loop),
      stream_(std::move(socket), shared.tls.load().get()),
      event_timer_(loop.context),
      place_(loop.waiting.end()) {
  ++shared_.connections;
  loop_.connections.insert(this);
  wait_for_request();
  remote_address_ = stream_.remote_address();
}

Connection::~Connection() {
  has_request();
  loop_.connections.erase(this);
  --shared_.connections;
}

void Connection::wait_for_request() {
  has_request();
  place_ = loop_.waiting.insert(loop_.waiting.end(), this);
}

void Connection::has_request() {
  if (place_ != loop_.waiting.end()) loop_.waiting.erase(place_);
  place_ = loop_.waiting.end();
}

bool Connection::make_room(Loop& loop) {
  if (loop.waiting.empty()) return false;
  Connection& longest = *loop.waiting.front();
  longest.has_request();  // it is not closed twice
  longest.close();
  return true;
}

void Connection::stop_if_idle() {
  if (idle_) close();
  if (const auto events = events_.lock()) events->close();
}

asio::awaitable<void> Connection::run() {
  const auto self = shared_from_this();
  expire_in(shared_.config.read_timeout_s);
  const bool secure = co_await stream_.handshake();
  if (!secure) co_return;
  peer_certificate_ = stream_.peer_certificate();
  const bool is_channel = co_await run_channel();
  if (is_channel) co_return close();
  Next next = Next::keep_alive;
  while (next == Next::keep_alive) next = co_await serve_one();
  if (next == Next::drop) co_return close();
  expire_in(linger_time);
  co_await stream_.finish();
}

asio::awaitable<bool> Connection::read_more(std::size_t size) {
  const auto old_size = buffer_.size();
  grow(buffer_, size);
  const auto got = co_await stream_.read_some(asio::buffer(buffer_.data() + old_size, size));
  buffer_.resize(old_size + got);
  co_return got > 0;
}

asio::awaitable<Connection::Next> Connection::serve_one() {
  wait_for_request();
  if (buffer_.empty()) {
    if (shared_.stopping) co_return Next::drop;  // as if it had been idle already
    idle_ = true;
    buffer_ = {};  // many may be idle, and what they hold adds up
    expire_in(shared_.config.idle_timeout_s);
    const bool more = co_await read_more(head_read);
    idle_ = false;
    if (!more) co_return Next::close;
  }
  expire_in(shared_.config.read_timeout_s);
  RequestParser parser(shared_.config.max_header_bytes);
  request_ = {};
  request_.remote_address = remote_address_;
  request_.peer_certificate_der = peer_certificate_;
  route_ = nullptr;

  auto broken = co_await read_head(parser);
  has_request();
  if (!parser.head_done()) {
    if (broken) co_await refuse(std::move(*broken), false);
    co_return Next::close;
  }
  const RequestHead& head = parser.head();
  const bool keep_alive = head.keep_alive && !shared_.stopping;
  std::optional<Refusal> refusal = admit(head);
  if (!refusal && route_->flow) {
    const Next after = co_await flow(parser, keep_alive);
    co_return after;
  }
  bool body_is_read = !head.has_body;
  if (!refusal && head.has_body) {
    refusal = co_await read_body(parser);
    body_is_read = parser.done();
    if (!refusal && !body_is_read) co_return Next::close;
  }
  if (!refusal && !shared_.workers->reserve())
    refusal = Refusal{{Kind::unavailable, "busy", "too many requests wait", {}, 0, 0}, 503, {}};
  Next next = Next::close;
  if (refusal) {
    next = co_await refuse(std::move(*refusal), keep_alive && body_is_read);
  } else {
    next = co_await answer(keep_alive);
  }
  co_return next;
}

// A place among the workers is reserved.
asio::awaitable<Connection::Next> Connection::answer(bool keep_alive) {
  Response response;
  expire_in(std::nullopt);
  WorkerPool::Task task = [this, &response] { response = shared_.pipeline.run(*route_, request_); };
  co_await on_worker(std::move(task));
  const Next next = co_await respond(std::move(response), keep_alive);
  co_return next;
}

// Leaves what follows the head in buffer_. An empty answer and no head: the peer has gone.
asio::awaitable<std::optional<Connection::Refusal>> Connection::read_head(RequestParser& parser) {
  while (true) {
    const auto used = parser.put(buffer_);
    if (!used) {
      const int status = used.error().kind == Kind::too_large ? 431 : 400;
      co_return Refusal{used.error(), status, {}};
    }
    buffer_.erase(0, *used);
    if (parser.head_done()) co_return std::nullopt;
    if (buffer_.size() > shared_.config.max_header_bytes)
      co_return Refusal{{Kind::too_large, "head_too_large", "", {}, 0, 0}, 431, {}};
    const bool more = co_await read_more();
    if (!more) co_return std::nullopt;
  }
}

std::optional<Connection::Refusal> Connection::admit(const RequestHead& head) {
  request_.target = head.target;
  request_.headers = head.headers;
  if (!shared_.rate_limit.allow(remote_address_, std::chrono::steady_clock::now()))
    return Refusal{{Kind::too_many, "too_many_requests", "slow down", {}, 0, 0}, 429, {}};
  if (auto refusal = find_route(head)) return refusal;
  if (head.content_length.value_or(0) > route_->max_body)
    return Refusal{
        {Kind::too_large, "body_too_large", "the body is larger than allowed here", {}, 0, 0},
        413,
        {}};
  return std::nullopt;
}

std::optional<Connection::Refusal> Connection::find_route(const RequestHead& head) {
  const auto method = parse_method(head.method);
  if (!method) return Refusal{{Kind::invalid, "unknown_method", "", {}, 0, 0}, 501, {}};
  request_.method = *method;
  auto target = parse_target(head.target, shared_.config.max_fields);
  if (!target) return Refusal{target.error(), http_status(target.error().kind), {}};
  request_.path = target->path;
  Match match = shared_.pipeline.router().match(*method, *target);
  request_.query = std::move(target->query);
  request_.parameters = std::move(match.parameters);
  route_ = match.route;
  if (route_) return std::nullopt;
  if (match.allowed.empty()) return Refusal{{Kind::not_found, "not_found", "", {}, 0, 0}, 404, {}};
  return Refusal{
      {Kind::invalid, "method_not_allowed", "", {}, 0, 0}, 405, std::move(match.allowed)};
}

asio::awaitable<std::optional<Connection::Refusal>> Connection::read_body(RequestParser& parser) {
  const RequestHead& head = parser.head();
  const BodyLimits limits{shared_.config.upload_directory, shared_.config.max_fields};
  auto sink = BodySink::make(head.headers.get("Content-Type"), limits);
  if (!sink) co_return Refusal{sink.error(), http_status(sink.error().kind), {}};
  parser.expect_body(**sink, route_->max_body);
  if (head.expects_continue && buffer_.empty()) {
    const bool written = co_await stream_.write("HTTP/1.1 100 Continue\r\n\r\n");
    if (!written) co_return std::nullopt;
  }
  while (!parser.done()) {
    if (buffer_.empty()) {
      const bool more = co_await read_more();
      if (!more) co_return std::nullopt;
    }
    const auto used = parser.put(buffer_);
    if (!used) {
      const Error& error = (*sink)->error().value_or(used.error());
      co_return Refusal{error, http_status(error.kind), {}};
    }
    buffer_.erase(0, *used);
    if (*used == 0 && !parser.done()) {
      if (buffer_.size() > shared_.config.max_header_bytes)  // an endless chunk header or trailer
        co_return Refusal{
            {Kind::invalid, "bad_request", "chunk header too long", {}, 0, 0}, 400, {}};
      const bool more = co_await read_more();
      if (!more) co_return std::nullopt;
    }
  }
  auto finished = (*sink)->finish(request_);
  if (!finished) co_return Refusal{finished.error(), http_status(finished.error().kind), {}};
  co_return std::nullopt;
}

asio::awaitable<Connection::Next> Connection::refuse(Refusal refusal, bool keep_alive) {
  Response response = shared_.pipeline.refuse(request_, refusal.error, refusal.status);
  if (!refusal.allowed.empty()) response.headers.set("Allow", refusal.allowed);
  const Next next = co_await respond(std::move(response), keep_alive);
  co_return next;
}

// The task may refer to locals of the awaiting coroutine: the workers are joined before any
// io_context ends.
asio::awaitable<void> Connection::on_worker(WorkerPool::Task task) {
  auto start = [this, &task](auto handler) {
    auto work = asio::make_work_guard(loop_.context);
    shared_.workers->submit(
        [task = std::move(task), handler = std::move(handler), work = std::move(work)]() mutable {
          task();
          asio::post(work.get_executor(),
                     [handler = std::move(handler)]() mutable { std::move(handler)(); });
        });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(start),
                                                                       asio::use_awaitable);
}

asio::awaitable<Connection::Next> Connection::respond(Response response, bool keep_alive) {
  if (response.events && request_.method != Method::head) {
    co_await stream_events(std::move(response));
    co_return Next::close;
  }
  std::uint64_t size = response.body.size();
  if (!response.file.empty()) {
    std::error_code error;
    size = std::filesystem::file_size(response.file, error);
    if (error) {
      response =
          shared_.pipeline.refuse(request_, {Kind::not_found, "not_found", "", {}, 0, 0}, 404);
      size = response.body.size();
    }
  }
  std::string bytes = write_head(response, loop_.date, keep_alive, size);
  const bool with_body = request_.method != Method::head && !has_no_body(response.status);
  if (with_body && response.file.empty()) bytes += response.body;
  expire_in(write_time);
  bool written = co_await stream_.write(bytes);
  if (written && with_body && !response.file.empty())
    written = co_await write_file(response.file, size);
  co_return written&& keep_alive ? Next::keep_alive : Next::close;
}

asio::awaitable<bool> Connection::write_file(const std::filesystem::path& path,
                                             std::uint64_t size) {
  std::ifstream file(path, std::ios::binary);
  std::string piece;
  while (size > 0) {
    piece.resize(std::min<std::uint64_t>(size, 256u << 10));
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (!file) co_return false;  // shorter than it said: the broken connection tells the client
    size -= piece.size();
    expire_in(write_time);
    const bool written = co_await stream_.write(piece);
    if (!written) co_return false;
  }
  co_return true;
}

}  // namespace minben::net
